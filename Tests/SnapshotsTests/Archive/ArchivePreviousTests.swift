import Backend
import BackendTestSupport
import Format
import Repository
import Snapshots
import Testing

@Suite("The snapshot that a backup follows")
struct ArchivePreviousTests {
  private let fixture: ArchiveFixture

  init() throws {
    fixture = try ArchiveFixture()
    try fixture.source.write("a", "short")
  }

  @Test("does not end its host's sequence by having the highest number there is")
  func highest() throws {
    let session = try fixture.repository.beginWriting(by: .test)
    let writer = try session.chunkWriter()
    let root = try [UInt8](TreeObject.leaf(TreeLeaf(nodes: [])).encode()).withUnsafeBytes {
      try writer.store($0, kind: .tree).id
    }
    try writer.flush()
    try session.finish()
    let planted = Snapshot(
      id: session.snapshotID, time: Timestamp(seconds: 1), host: "test", user: "u",
      roots: [SnapshotRoot(kind: .tree, tree: root)], paths: ["/"], program: "test", sequence: Limits.jsonNumber)
    try fixture.repository.commit(planted, of: session)
    let taken = try fixture.backUp()
    #expect(taken.snapshot.sequence == Limits.jsonNumber)
    #expect(taken.snapshot.previous == (try fixture.repository.storedSnapshot(planted.id).hash))
  }

  @Test("is known without being read again, also where it can't be")
  func unreadable() throws {
    let faulty = FaultyBackend(fixture.memory)
    let cache = CacheDirectory()
    let repository = try Repository.open(faulty, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    let first = try fixture.backUp(to: repository).snapshot
    _ = try repository.snapshots()
    faulty.inject(.fail(.io), intoReadOf: try ObjectName(.snapshots, first.id.hex))
    let second = try fixture.backUp(to: repository)
    #expect(second.snapshot.previous == (try fixture.repository.storedSnapshot(first.id).hash))
    #expect(second.snapshot.sequence == first.sequence + 1)
    #expect(second.messages.isEmpty)
    #expect(try fixture.contents(of: second).text("a") == "short")
    let third = try fixture.backUp(to: repository).snapshot
    #expect(third.previous == (try repository.storedSnapshot(second.snapshot.id).hash))
  }
}
