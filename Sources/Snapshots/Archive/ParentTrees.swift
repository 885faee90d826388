import Format
import Repository
import Synchronization

/// Where the trees of the parent snapshot come from, and whether what they refer to may be taken for stored.
///
/// They are a help, not a need: a tree that can't be had makes the backup read its directory again.
final class ParentTrees: Sendable {
  private let repository: Repository
  // For trees that the cache lacks; nil for a write key, which can read nothing else.
  private let reader: Mutex<TreeReader?>
  /// The snapshot's root directory.
  let root: ChunkID?
  /// The nodes' change times can be believed up to here. See ``isSettled(_:)``.
  private let settledBefore: Timestamp
  /// Everything the snapshot refers to is known to be stored.
  let isComplete: Bool

  /// The kernel stamps files with a clock that moves in steps of up to this many milliseconds.
  private static let clockTick: UInt32 = 10

  init(of snapshot: Snapshot?, repository: Repository, session: WriteSession) throws(RepositoryError) {
    self.repository = repository
    root = snapshot?.roots.first?.tree
    settledBefore = (snapshot?.time ?? Timestamp(seconds: 0)).before(milliseconds: Self.clockTick)
    if let snapshot { isComplete = try session.isComplete(snapshot.id) } else { isComplete = false }
    reader = Mutex(root == nil || repository.role == .write ? nil : try repository.reading(to: "read").treeReader())
  }

  /// Whether a change made since the parent read a file shows in its times.
  ///
  /// A file that had changed just before it was read may have been written once more within the same step of the kernel's
  /// clock, to the same length, and look as it did.
  func isSettled(_ node: NodeSummary) -> Bool { node.ctime < settledBefore }

  func object(_ id: ChunkID) -> [UInt8]? {
    if let object = try? repository.cachedTree(id) { return object }
    return reader.withLock { try? $0?.object(id) }
  }
}

extension Timestamp {
  /// The time less than a second earlier.
  fileprivate func before(milliseconds: UInt32) -> Timestamp {
    let difference = milliseconds * 1_000_000
    if nanoseconds >= difference { return Timestamp(seconds: seconds, nanoseconds: nanoseconds - difference) }
    return Timestamp(seconds: seconds &- 1, nanoseconds: nanoseconds + 1_000_000_000 - difference)
  }
}
