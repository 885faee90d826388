import Format
import Synchronization

/// What the readers of a repository share.
final class ReadingContext: Sendable {
  let context: RepositoryContext
  let index: IndexStore
  let packs: PackTable
  let packKeys: PackKeyCache
  let frames: FrameCache

  /// Until when nobody looks for segments again, after the index was found to be up to date although something was not where
  /// it says.
  private let pause = Mutex<ContinuousClock.Instant?>(nil)

  private static let frameCacheCapacity = 12 << 20
  /// Damaged repositories lack many chunks: looking for them in vain takes a tenth of the time at most.
  private static let pauseFactor = 10
  /// Whatever the clock, whoever asks again at once is told that there is nothing new.
  private static let leastPause = Duration.milliseconds(1)

  /// - Throws: `.forbidden` for a write key.
  init(context: RepositoryContext, index: IndexStore, task: String) throws(RepositoryError) {
    self.context = context
    self.index = index
    packs = PackTable(index: index)
    packKeys = PackKeyCache(privateKey: try context.privateKey(to: task))
    frames = FrameCache(capacity: Self.frameCacheCapacity)
  }

  /// Brings the index up to date after something was not where it said: a prune may have moved it.
  ///
  /// - Parameter generation: that of the index before it was asked.
  /// - Returns: whether it is worth while to look again.
  func refresh(since generation: UInt64) throws(RepositoryError) -> Bool {
    try pause.withLock { (pause) throws(RepositoryError) in
      // Another thread has done it meanwhile.
      guard index.generation == generation else { return true }
      let start = context.execution.now()
      if let pause, start < pause { return false }
      try index.refresh(from: context)
      let end = context.execution.now()
      if index.generation == generation { pause = end + max((end - start) * Self.pauseFactor, Self.leastPause) }
      return true
    }
  }
}
