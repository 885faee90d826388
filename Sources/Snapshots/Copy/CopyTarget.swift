import Cryptography
import Format
import Repository

/// One of the repositories that snapshots are copied to, and how far that is.
final class CopyTarget {
  let repository: Repository
  let number: Int
  /// Whether chunks have the same ids as in the source.
  private let sharesIDs: Bool
  private(set) var failure: (any Error)?
  private var lineage: CopyLineage
  /// The objects of snapshots that stood when the lineage was made, and those that were copied since.
  private var objects: Set<String> = []
  /// Tree objects of the source that are there with all that is below them, as long as the last copy is complete.
  private var whole = CompactIDSet()
  private var lastCopy: SnapshotID?
  /// The ids that snapshots of the source have here.
  private var copies: [SnapshotID: SnapshotID] = [:]
  /// The hashes that objects of the source have here, of snapshots that were here before.
  private var hashes: [Digest256: Digest256] = [:]
  /// Packs that a session which was fenced off made durable.
  var adopted: [PackDescription] = []

  init(_ repository: Repository, _ number: Int, of source: Repository, holding listing: SnapshotListing) {
    self.repository = repository
    sharesIDs = source.hasSameChunkIDs(as: repository)
    self.number = number
    lineage = CopyLineage(listing)
  }

  func fail(_ error: any Error) { failure = failure ?? error }

  /// Looks whether another copy has brought snapshots meanwhile.
  ///
  /// - Parameter session: one that has just begun; without one the repository is asked.
  func update(listedBy session: WriteSession? = nil) throws(RepositoryError) {
    guard let listing = try repository.snapshots(besides: &objects, listedBy: session) else { return }
    // One that can be read the next time must not be copied once more for that.
    for (_, error) in listing.damaged where error.code != .damaged { throw error }
    lineage = CopyLineage(listing)
  }

  /// Looks for the snapshot that it has of one of the source, and takes note of it: what ``record(of:hash:trees:as:)`` makes of
  /// later ones refers to it.
  func findCopy(of snapshot: Snapshot, hash: Digest256) -> SnapshotID? {
    let copy = lineage.copy(of: snapshot, hash: hash, sharesIDs: sharesIDs)
    copies[snapshot.id] = copy?.id
    hashes[hash] = copy?.hash
    return copy?.id
  }

  /// Which tree objects need not be looked at, in a session that has just begun.
  func wholeTrees(in session: WriteSession) throws(RepositoryError) -> CompactIDSet {
    // Whoever forgets the last copy and prunes meanwhile takes the entries of packs that go out of the index.
    let isComplete = if let lastCopy { try session.isComplete(lastCopy) } else { false }
    if !isComplete { whole = CompactIDSet() }
    return whole
  }

  /// The record of a snapshot as it is to stand here.
  func record(of original: Snapshot, hash: Digest256, trees: [ChunkID], as id: SnapshotID) -> Snapshot {
    var copy = original
    copy.id = id
    for index in copy.roots.indices { copy.roots[index].tree = trees[index] }
    copy.parent = original.parent.flatMap { copies[$0] }
    // What was copied since names the source's object among those that it replaces.
    copy.previous = original.previous.map { hashes[$0] ?? $0 }
    copy.replaces = (original.replaces + [hash]).suffix(Limits.replacedSnapshots)
    return copy
  }

  /// Takes note that a copy was published.
  func noteCopy(_ copy: Snapshot, of original: Snapshot, trees: [ChunkID]) {
    lineage.add(copy, hash: nil)
    objects.insert(copy.id.hex)
    copies[original.id] = copy.id
    for tree in trees { whole.insert(tree) }
    lastCopy = copy.id
    adopted = []
  }
}
