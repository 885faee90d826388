import Backend
import Cryptography
import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

@Suite("Files that change while the clock stands still")
final class RacyTimestampTests {
  private let directory = "/tmp/firn-racy-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  private let backend = InMemoryBackend()
  private let repository: Repository

  init() throws {
    for name in ["", "/source", "/source/below", "/cache"] { try #require(mkdir(directory + name, 0o700) == 0) }
    let password = Array("x".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    _ = try Repository.create(
      on: backend, password: password, parameters: RepositoryParameters(),
      slot: KeySlotLabel(label: "", host: "h", user: "u"), cost: .least, now: Format.Timestamp(seconds: 1))
    repository = try Repository.open(backend, password: password, cacheDirectory: directory + "/cache")
  }

  deinit { _ = Glibc.system("rm -rf \(directory)") }

  private func write(_ text: String, to name: String) throws {
    let file = open("\(directory)/source/\(name)", O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    try #require(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
  }

  private func changeTime(of name: String) throws -> Format.Timestamp {
    var status = stat()
    try #require(stat("\(directory)/source/\(name)", &status) == 0)
    return Format.Timestamp(seconds: Int64(status.st_ctim.tv_sec), nanoseconds: UInt32(status.st_ctim.tv_nsec))
  }

  private func backUp(at time: Format.Timestamp) throws -> BackupResult {
    var options = BackupOptions()
    // A file's times can't be set back to what they were, but they can be passed over: the length stays the sign.
    options.ignoreChangeTime = true
    let label = SnapshotLabel(host: "h", user: "u", program: "test", time: time, owner: { .test })
    return try Archiver(repository: repository, options: options, progress: BackupProgress { _ in })
      .backUp(paths: [try #require(PathBytes(directory + "/source"))], label: label)
  }

  /// Writes a file anew with the times of the modification that it had, as a second write within a tick would.
  private func rewrite(_ text: String, _ name: String) throws {
    var status = stat()
    try #require(stat("\(directory)/source/\(name)", &status) == 0)
    try write(text, to: name)
    let times = [status.st_atim, status.st_mtim]
    try #require(utimensat(AT_FDCWD, "\(directory)/source/\(name)", times, 0) == 0)
  }

  @Test(
    "A file that changed just before the parent began is read again",
    arguments: [(milliseconds: 0, isRacy: true), (5, true), (50, false)])
  func racy(milliseconds: UInt32, isRacy: Bool) throws {
    try write("one", to: "file")
    let changed = try changeTime(of: "file")
    let nanoseconds = changed.nanoseconds + milliseconds * 1_000_000
    let began = Format.Timestamp(
      seconds: changed.seconds + Int64(nanoseconds / 1_000_000_000), nanoseconds: nanoseconds % 1_000_000_000)
    _ = try backUp(at: began)
    try rewrite("two", "file")
    let result = try backUp(at: Format.Timestamp(seconds: changed.seconds + 2))
    #expect(result.unchangedFiles == (isRacy ? 0 : 1))
  }

  @Test("What is read again and found the same stores no trees")
  func readForNothing() throws {
    for name in ["a", "b", "below/c"] { try write("text of \(name)", to: name) }
    try #require(symlink("a", directory + "/source/link") == 0)
    _ = try backUp(at: Format.Timestamp(seconds: 1))
    let packs = Set(backend.contents.keys.filter { $0.area == .packs })
    let result = try backUp(at: Format.Timestamp(seconds: 2))
    #expect(result.statistics.newChunks == 0)
    #expect(result.unchangedFiles == 3)
    #expect(Set(backend.contents.keys.filter { $0.area == .packs }) == packs)
  }
}
