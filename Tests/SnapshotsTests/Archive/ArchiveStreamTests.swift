import Backend
import FileSystem
import Format
import Snapshots
import Synchronization
import TestSupport
import Testing

struct ArchiveStreamTests {
  private let fixture: ArchiveFixture

  init() throws { fixture = try ArchiveFixture() }

  private struct Broken: Error {}

  /// Backs up what is left of bytes, call by call.
  private func backUp(
    _ bytes: [UInt8], as path: [FileName] = ["dumps", "database"], failing: Bool = false, workers: Int = 2,
    validate: () throws -> Void = {}
  ) throws -> BackupResult {
    var options = BackupOptions()
    options.workers = workers
    let offset = Mutex(0)
    return try Archiver(repository: fixture.repository, options: options, progress: ProblemList().progress).backUp(
      stream: { buffer in
        try offset.withLock { offset in
          if failing, offset > 0 { throw Broken() }
          let count = min(buffer.count, bytes.count - offset)
          buffer.copyBytes(from: bytes[offset..<offset + count])
          offset += count
          return count
        }
      }, as: path, label: fixture.label(), validate: validate)
  }

  private func contents(_ result: BackupResult) throws -> SnapshotContents {
    try SnapshotContents(
      of: #require(result.snapshot), below: "/", repository: fixture.reopened(cache: CacheDirectory()))
  }

  @Test("a stream is stored as one file, whatever its length", arguments: [0, 1, 4 << 20, 4 << 20 + 1, 4_999_999])
  func stream(count: Int) throws {
    var random = SeededGenerator(seed: UInt64(count))
    let bytes = random.bytes(count)
    let result = try backUp(bytes)
    let contents = try contents(result)
    #expect(contents.names == ["dumps", "dumps/database"])
    #expect(contents.files["dumps/database"] == bytes)
    #expect(try contents.node("dumps/database").size == UInt64(count))
    #expect(result.snapshot?.roots.first?.kind == .stream)
    #expect(result.snapshot?.paths == ["/dumps/database"])
    #expect((result.statistics.files, result.statistics.bytes) == (1, UInt64(count)))
  }

  @Test("the same stream again stores no data, with any number of workers", arguments: [1, 4])
  func again(workers: Int) throws {
    var random = SeededGenerator(seed: 1)
    let bytes = random.bytes(6 << 20)
    _ = try backUp(bytes)
    #expect(try backUp(bytes, workers: workers).statistics.newBytes < 4096)
  }

  @Test(
    "a stream that fails, or turns out invalid, publishes no snapshot and leaves no intent", arguments: [true, false])
  func failure(failing: Bool) throws {
    var random = SeededGenerator(seed: 2)
    let bytes = random.bytes(5 << 20)
    #expect(throws: Broken.self) { try backUp(bytes, failing: failing) { if !failing { throw Broken() } } }
    #expect(fixture.names(.snapshots).isEmpty)
    #expect(fixture.names(.intents).isEmpty)
    #expect(try contents(try backUp(bytes)).files["dumps/database"] == bytes)
  }

  @Test("a stream needs a name")
  func nameless() {
    #expect { try backUp([1], as: []) } throws: { ($0 as? SnapshotsError)?.code == .invalidArgument }
  }
}
