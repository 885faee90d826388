import Repository
import Synchronization

/// How far a copy is, for whoever shows it, and whether it is to go on. Any thread may use it.
public final class CopyProgress: Sendable {
  private let snapshots = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let cancelled = Atomic<Bool>(false)

  /// Nothing is done yet.
  public init() {}

  /// Snapshots that were dealt with.
  public var snapshotsDone: UInt64 { snapshots.load(ordering: .relaxed) }
  /// Bytes that were read and that somebody lacked, before compression.
  public var bytesDone: UInt64 { bytes.load(ordering: .relaxed) }

  /// Asks the copy to end; it throws `.cancelled` then.
  public func cancel() { cancelled.store(true, ordering: .relaxed) }

  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  func check() throws(SnapshotsError) {
    if isCancelled { throw SnapshotsError(.cancelled, "the copy was interrupted") }
  }

  func finishSnapshot() { snapshots.add(1, ordering: .relaxed) }

  func add(bytes count: UInt64) { bytes.add(count, ordering: .relaxed) }
}
