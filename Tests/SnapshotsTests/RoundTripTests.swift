import Backend
import BackendTestSupport
import Format
import Repository
import Snapshots
import Testing

/// What commands cost on a server far away, in requests that had to wait for the answer to an earlier one. Connecting and
/// logging in come on top.
@Suite("Round trips to a server")
struct RoundTripTests {
  let fixture: SFTPFixture
  let source = SourceDirectory()
  let cache = CacheDirectory()

  init() throws {
    fixture = try SFTPFixture()
    _ = try Repository.create(
      on: fixture.backend, password: ArchiveFixture.fullPassword, parameters: RepositoryParameters(),
      slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least,
      now: Timestamp(seconds: 1_700_000_000))
    for name in ["one", "two", "three"] { try source.write(name, name) }
    for _ in 0..<2 { _ = try count { try backUp($0) } }
  }

  /// How many round trips a command takes that opens the repository anew.
  private func count(_ body: (Repository) throws -> Void) throws -> Int {
    let backend = try #require(try fixture.reopen() as? SFTPBackend)
    try body(
      Repository.open(backend, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path))
    return backend.roundTrips
  }

  private func backUp(_ repository: Repository) throws {
    var options = BackupOptions()
    options.workers = 2
    let label = SnapshotLabel(
      host: "test", user: "test", program: "test", time: Timestamp(seconds: 4_000_000_000), owner: { .test })
    _ = try Archiver(repository: repository, options: options, progress: BackupProgress { _ in })
      .backUp(paths: [source.bytes("")], label: label)
  }

  @Test("of a backup that finds nothing changed")
  func unchangedBackup() throws {
    let backup = try count { try backUp($0) }
    #expect(backup <= 12)
  }

  @Test("of listing snapshots")
  func snapshots() throws {
    let listing = try count { _ = try $0.snapshots() }
    #expect(listing <= 8)
  }

  @Test("of restoring a small file, and of looking at what is in a snapshot")
  func restoring() throws {
    let target = TemporaryDirectory()
    let restoring = try count { repository in
      let reading = try repository.reading(to: "restore files")
      let snapshot = try #require(try repository.snapshots().snapshots.last)
      try repository.refreshIndex()
      let root = try #require(snapshot.roots.first?.tree)
      let outcome = try Restorer(reading: reading, root: root).restore(
        Array(source.full("one").utf8), to: target.bytes(), isCancelled: { false })
      #expect(outcome.files == 1)
    }
    #expect(restoring <= 12)
    #expect(target.text("one") == "one")
  }
}
