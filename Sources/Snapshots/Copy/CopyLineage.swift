import Cryptography
import Format
import Repository

/// Which snapshots of other repositories a repository has as its own.
///
/// A copy names the object that it was made from among those that it `replaces`, as a snapshot does whose tags or pin were changed.
struct CopyLineage {
  private struct Candidate {
    let snapshot: Snapshot
    let hash: Digest256?
    let names: Set<Digest256>
  }

  private var candidates: [Timestamp: [Candidate]] = [:]

  init(_ listing: SnapshotListing) {
    for snapshot in listing.snapshots { add(snapshot, hash: listing.hashes[snapshot.id]) }
  }

  mutating func add(_ snapshot: Snapshot, hash: Digest256?) {
    let candidate = Candidate(snapshot: snapshot, hash: hash, names: Self.names(snapshot, hash))
    candidates[snapshot.time, default: []].append(candidate)
  }

  /// The snapshot that is the same one, copied from here or from there or from a third repository, whatever became of its
  /// tags and its pin since; and the hash of its object, if it was listed.
  ///
  /// - Parameter sharesIDs: trees are called the same here and there, so that a copy has the same ones. Where they are not, who
  ///   has a write key here and knows the record can plant one that has others.
  func copy(of snapshot: Snapshot, hash: Digest256, sharesIDs: Bool) -> (id: SnapshotID, hash: Digest256?)? {
    let names = Self.names(snapshot, hash)
    let found = candidates[snapshot.time]?.first { candidate in
      Self.areAlike(candidate.snapshot, snapshot) && !candidate.names.isDisjoint(with: names)
        && (!sharesIDs || candidate.snapshot.roots == snapshot.roots)
    }
    return found.map { ($0.snapshot.id, $0.hash) }
  }

  private static func names(_ snapshot: Snapshot, _ hash: Digest256?) -> Set<Digest256> {
    var names = Set(snapshot.replaces)
    if let hash { names.insert(hash) }
    return names
  }

  /// Whether what they say of themselves is the same, but for what changes when one is copied, or when tags and pins are: one
  /// from which something was dropped is another one.
  private static func areAlike(_ left: Snapshot, _ right: Snapshot) -> Bool {
    left.host.hasSameBytes(as: right.host) && left.paths.haveSameBytes(as: right.paths)
      && left.excludes.haveSameBytes(as: right.excludes)
      && left.statistics == right.statistics && left.sequence == right.sequence && left.roots.count == right.roots.count
  }
}
