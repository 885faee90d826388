import Backend
import Cryptography
import Format
import Repository
import Snapshots
import Testing

extension ArchiveFixture {
  var owner: SessionOwner { .test }

  /// Makes a change to a snapshot.
  func rewrite(
    _ id: SnapshotID, in repository: Repository? = nil, isRehearsal: Bool = false,
    observe: @escaping (RewriteStep) throws -> Void = { _ in }, _ change: (inout SnapshotChange) throws -> Void
  ) throws -> SnapshotRewriter.Outcome {
    var wanted = SnapshotChange()
    try change(&wanted)
    let repository = repository ?? self.repository
    let rewriter = try SnapshotRewriter(
      repository: repository, change: wanted, by: owner, known: repository.snapshots().snapshots,
      isRehearsal: isRehearsal)
    return try rewriter.rewrite(id, observe: observe)
  }

  /// The snapshots in the repository, as another client finds them.
  func snapshots() throws -> [Snapshot] {
    let cache = CacheDirectory()
    return try reopened(cache: cache).snapshots().snapshots
  }

  func hash(of id: SnapshotID) throws -> Digest256 {
    try #require(memory.contents[ObjectName(.snapshots, id.hex)]).withUnsafeBytes { SHA256Hasher.hash($0) }
  }

  /// Publishes a tombstone, as a prune does that is about to remove packs.
  func condemn(_ packs: [PackID]) throws -> ObjectName {
    let set = PackSet(number: 1, time: Format.Timestamp(seconds: 3), packs: packs)
    let name = try ObjectName(.tombstones, PackSet.objectName(number: 1))
    try memory.put(name, repository.seal(.tombstone, name: name.name, body: set.encode()))
    return name
  }

  /// The warnings and errors of a check.
  func problems(_ code: CheckFinding.Code? = nil) throws -> [CheckFinding] {
    try repository.check(CheckOptions(threads: 2)).findings.filter { finding in
      finding.severity != .note && (code.map { finding.code == $0 } ?? true)
    }
  }
}

extension InMemoryBackend {
  /// Puts an abort record in the place of the snapshot of the session that is under way.
  func fence(_ repository: Repository) throws {
    let intent = try #require(contents.keys.first { $0.area == .intents })
    let id = try #require(SnapshotID(hex: intent.name))
    let record = AbortRecord(id: id, time: Format.Timestamp(seconds: 3), tombstone: 1)
    try put(ObjectName(.snapshots, id.hex), repository.seal(.abort, name: id.hex, body: record.encode()))
  }

  func count(_ area: ObjectArea) -> Int { contents.keys.count { $0.area == area } }
}

extension SnapshotRewriter.Outcome {
  /// The snapshot that took the place of another.
  func snapshot() throws -> Snapshot {
    guard case .changed(let snapshot) = self else {
      Issue.record("not changed but \(self)")
      throw SnapshotsError(.invalidArgument, "no snapshot")
    }
    return snapshot
  }

  var isUnchanged: Bool { if case .unchanged = self { true } else { false } }
}
