import Format

/// What the readers of a repository share.
final class ReadingContext: Sendable {
  let context: RepositoryContext
  let index: IndexStore
  let packs: PackTable
  let packKeys: PackKeyCache
  let frames: FrameCache

  private static let frameCacheCapacity = 24 << 20

  /// - Throws: `.forbidden` for a write key.
  init(context: RepositoryContext, index: IndexStore, task: String) throws(RepositoryError) {
    self.context = context
    self.index = index
    packs = PackTable(index: index)
    packKeys = PackKeyCache(privateKey: try context.privateKey(to: task))
    frames = FrameCache(capacity: Self.frameCacheCapacity)
  }
}
