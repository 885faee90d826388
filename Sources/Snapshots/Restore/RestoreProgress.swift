import Synchronization

/// How far a restore is. Anybody may read it while it runs.
public final class RestoreProgress: Sendable {
  private let found = Atomic<UInt64>(0)
  private let foundBytes = Atomic<UInt64>(0)
  private let done = Atomic<UInt64>(0)
  private let doneBytes = Atomic<UInt64>(0)
  private let isWalked = Atomic<Bool>(false)

  /// Nothing done yet.
  public init() {}

  /// Files found in the snapshot so far; all of them when ``isTotalKnown``.
  public var filesFound: UInt64 { found.load(ordering: .relaxed) }
  /// Their length in bytes.
  public var bytesFound: UInt64 { foundBytes.load(ordering: .relaxed) }
  /// Files that are dealt with.
  public var filesDone: UInt64 { done.load(ordering: .relaxed) }
  /// Bytes of content that are dealt with: written, or found to be there.
  public var bytesDone: UInt64 { doneBytes.load(ordering: .relaxed) }
  /// Whether everything to be restored has been found.
  public var isTotalKnown: Bool { isWalked.load(ordering: .relaxed) }

  func find(bytes: UInt64) {
    found.wrappingAdd(1, ordering: .relaxed)
    foundBytes.wrappingAdd(bytes, ordering: .relaxed)
  }

  func finishFile() { done.wrappingAdd(1, ordering: .relaxed) }

  func finish(bytes: UInt64) { doneBytes.wrappingAdd(bytes, ordering: .relaxed) }

  func finishWalk() { isWalked.store(true, ordering: .relaxed) }
}
