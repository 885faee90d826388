import Backend
import BackendTestSupport
import FileSystem
import Format
import Repository
import Snapshots
import Synchronization
import Testing

@Suite("A backup that a prune takes for dead")
struct ArchiveFencingTests {
  private static let owner = SessionOwner(
    time: Format.Timestamp(seconds: 4_000_000_000), host: "other", user: "u", process: 1, program: "test")
  private static var options: PruneOptions {
    var options = PruneOptions()
    options.fencingAge = .zero
    return options
  }
  private static let watch = SessionWatch(
    now: { Format.Timestamp(seconds: 4_000_000_100) }, pause: { _ in }, isDead: { _ in false })

  /// What is published in order: the intent, packs of data and of directories, their segment, the snapshot.
  @Test("starts again by itself and finds what it stored", arguments: 2...5)
  func restarts(_ fencedBefore: Int) throws {
    let fixture = try ArchiveFixture()
    try fixture.source.write("b", String(repeating: "all work and no play\n", count: 400))
    try fixture.source.write("c", "short")
    let faulty = FaultyBackend(fixture.memory)
    let cache = CacheDirectory()
    let slow = try Repository.open(faulty, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    let pruned = Mutex<Result<PruneReport, any Error>?>(nil)
    let other = fixture.repository
    faulty.inject(
      .pause {
        pruned.withLock { pruned in
          pruned = Result { try other.prune(Self.options, by: Self.owner, watch: Self.watch) }
        }
      }, into: .commit, call: fencedBefore)
    let taken = try fixture.backUp(to: slow)
    let report = try #require(try pruned.withLock { try $0?.get() })
    #expect(report.fenced.count == 1)
    #expect(taken.messages == [])
    #expect(taken.statistics.files == 2)
    #expect(try fixture.contents(of: taken).text("c") == "short")
    #expect(fixture.names(.intents).isEmpty)
    // Packs that were in no segment when it was fenced were taken over; those in one were not condemned.
    if fencedBefore > 3 { #expect(taken.statistics.newBytes == 0) }
    #expect(
      try fixture.repository.check(CheckOptions(data: .all, threads: 1)).findings.allSatisfy { $0.severity == .note })
  }

  @Test("is announced as what really runs it, whatever host and time the snapshot names")
  func owner() throws {
    let fixture = try ArchiveFixture()
    try fixture.source.write("a", "short")
    let faulty = FaultyBackend(fixture.memory)
    let cache = CacheDirectory()
    let repository = try Repository.open(faulty, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    let other = fixture.repository
    let announced = Mutex<[Intent?]>([])
    faulty.inject(
      .pause { announced.withLock { $0 = ((try? other.announcedSessions()) ?? []).map(\.intent) } }, into: .commit,
      call: 2
    )
    let taken = try fixture.backUp(to: repository, host: "elsewhere")
    #expect(taken.snapshot.host == "elsewhere")
    let intent = try #require(announced.withLock { $0.first } ?? nil)
    #expect(intent.host == SessionOwner.test.host && intent.time == SessionOwner.test.time)
  }

  @Test("says so when its source can't be read again")
  func stream() throws {
    let fixture = try ArchiveFixture()
    let faulty = FaultyBackend(fixture.memory)
    let cache = CacheDirectory()
    let slow = try Repository.open(faulty, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    let other = fixture.repository
    faulty.inject(
      .pause { _ = try? other.prune(Self.options, by: Self.owner, watch: Self.watch) }, into: .commit, call: 5)
    let archiver = Archiver(repository: slow, options: BackupOptions(), progress: ProblemList().progress)
    let left = Mutex(3)
    do {
      _ = try archiver.backUp(
        stream: { buffer in
          guard
            left.withLock({
              $0 -= 1; return $0 > 0
            })
          else { return 0 }
          buffer.copyBytes(from: repeatElement(7, count: buffer.count))
          return buffer.count
        }, as: ["dump"], label: fixture.label()
      ) {}
      Issue.record("the backup was acknowledged")
    } catch let error as RepositoryError {
      #expect(error.code == .fenced)
    }
    #expect(try fixture.repository.snapshots().snapshots.isEmpty)
  }
}
