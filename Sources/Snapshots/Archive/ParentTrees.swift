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
  /// Everything the snapshot refers to is known to be stored.
  let isComplete: Bool

  init(of snapshot: Snapshot?, repository: Repository, session: WriteSession) throws(RepositoryError) {
    self.repository = repository
    root = snapshot?.roots.first?.tree
    if let snapshot { isComplete = try session.isComplete(snapshot.id) } else { isComplete = false }
    reader = Mutex(root == nil || repository.role == .write ? nil : try repository.reading(to: "read").treeReader())
  }

  func object(_ id: ChunkID) -> [UInt8]? {
    if let object = try? repository.cachedTree(id) { return object }
    return reader.withLock { try? $0?.object(id) }
  }
}
