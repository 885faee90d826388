import Backend
import BackendTestSupport
import Format
import Repository
import Snapshots
import TestSupport
import Testing

struct ArchiveInterruptionTests {
  private static let password = ArchiveFixture.secret("full")

  @Test("a backup that is cancelled publishes nothing, and the next one uses what it stored", arguments: [1, 2])
  func cancelled(workers: Int) throws {
    let source = SourceDirectory()
    var random = SeededGenerator(seed: 11)
    for number in 0..<24 { try source.write("file \(number)", random.bytes(100_000)) }
    let memory = InMemoryBackend()
    let backend = FaultyBackend(memory)
    var parameters = RepositoryParameters()
    parameters.frameTarget = 64 << 10
    parameters.packTarget = 300_000
    _ = try Repository.create(
      on: memory, password: Self.password, parameters: parameters,
      slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least,
      now: Format.Timestamp(seconds: 1_700_000_000))
    let cache = CacheDirectory()
    let repository = try Repository.open(backend, password: Self.password, cacheDirectory: cache.path)
    let label = SnapshotLabel(
      host: "test", user: "test", program: "test", time: Format.Timestamp(seconds: 1_700_000_001), owner: { .test })
    var options = BackupOptions()
    options.workers = workers
    let progress = ProblemList().progress
    // The first commit is the intent's; the fourth that of the third pack.
    backend.inject(.pause { progress.cancel() }, into: .commit, call: 4)
    #expect {
      try Archiver(repository: repository, options: options, progress: progress)
        .backUp(paths: [source.bytes()], label: label)
    } throws: { ($0 as? RepositoryError)?.code == .cancelled }
    let areas = memory.contents.keys.map(\.area)
    #expect(!areas.contains(.snapshots) && !areas.contains(.intents))
    let packs = areas.count { $0 == .packs }
    #expect(packs >= 3 && areas.contains(.index), "what was stored is in the index")

    let second = ProblemList()
    let result = try Archiver(repository: repository, options: options, progress: second.progress)
      .backUp(paths: [source.bytes()], label: label)
    #expect(result.statistics.newBytes <= 2_400_000 - 700_000, "three packs and more were there")
    let snapshot = try #require(result.snapshot)
    let reader = try Repository.open(memory, password: Self.password, cacheDirectory: CacheDirectory().path)
    let contents = try SnapshotContents(of: snapshot, below: source.path, repository: reader)
    #expect(contents.files.values.map(\.count) == Array(repeating: 100_000, count: 24))
  }

  @Test("a full backend ends the backup with an error; older snapshots still read", arguments: [1, 2])
  func full(workers: Int) throws {
    let fixture = try ArchiveFixture(capacity: 600_000) { $0.packTarget = 200_000 }
    var random = SeededGenerator(seed: 12)
    let small = random.bytes(50_000)
    try fixture.source.write("small", small)
    let first = try fixture.backUp(workers: workers)
    try fixture.source.write("big", random.bytes(2_000_000))
    #expect { try fixture.backUp(workers: workers) } throws: { "\($0)".contains("no room") }
    #expect(fixture.names(.snapshots).count == 1)
    #expect(fixture.names(.intents).isEmpty)
    #expect(try fixture.repository.snapshots().snapshots.map(\.id) == [first.snapshot.id])
    #expect(try fixture.contents(of: first).files == ["small": small])
  }

  @Test(
    "a backup is as good when any one call to the backend fails: it throws, or its snapshot reads", arguments: [0, 1])
  func anyFault(losesReply: Int) throws {
    let source = SourceDirectory()
    var random = SeededGenerator(seed: 13)
    for number in 0..<6 { try source.write("file \(number)", random.bytes(60_000)) }
    var parameters = RepositoryParameters()
    parameters.packTarget = 100_000
    let empty = InMemoryBackend()
    _ = try Repository.create(
      on: empty, password: Self.password, parameters: parameters,
      slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least,
      now: Format.Timestamp(seconds: 1_700_000_000))
    var failures = 0
    for operation in [FaultyBackend.Operation.commit, .append, .list, .delete, .beginUpload] {
      for call in 1...4 where operation != .list || call < 3 {
        let memory = InMemoryBackend(contents: empty.contents)
        let backend = FaultyBackend(memory)
        let cache = CacheDirectory()
        let repository = try Repository.open(backend, password: Self.password, cacheDirectory: cache.path)
        backend.inject(losesReply == 1 ? .loseReply(.io) : .fail(.io), into: operation, call: call)
        let label = SnapshotLabel(
          host: "test", user: "test", program: "test", time: Format.Timestamp(seconds: 1_700_000_001), owner: { .test })
        let archiver = Archiver(repository: repository, options: BackupOptions(), progress: ProblemList().progress)
        let result = try? archiver.backUp(paths: [source.bytes()], label: label)
        failures += result == nil ? 1 : 0
        let reader = try Repository.open(memory, password: Self.password, cacheDirectory: CacheDirectory().path)
        let snapshots = try reader.snapshots().snapshots
        #expect(result == nil || snapshots.count == 1, "\(operation) \(call)")
        for snapshot in snapshots {
          let contents = try SnapshotContents(of: snapshot, below: source.path, repository: reader)
          #expect(contents.files.count == 6, "\(operation) \(call)")
        }
        // What a failed backup left behind is no hindrance.
        let next = try Archiver(repository: reader, options: BackupOptions(), progress: ProblemList().progress)
          .backUp(paths: [source.bytes()], label: label)
        let contents = try SnapshotContents(of: #require(next.snapshot), below: source.path, repository: reader)
        #expect(contents.files.count == 6, "\(operation) \(call)")
      }
    }
    #expect(failures > 8)
  }
}
