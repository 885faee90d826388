import FileSystem
import Format
import Glibc
import Snapshots
import Synchronization
import TestSupport
import Testing
import Threads

struct ArchiveTroubleTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  @Test("files and directories that may not be read are reported, and the rest goes on", arguments: [1, 2])
  func unreadable(workers: Int) throws {
    for path in ["open", "closed", "a"] { source.makeDirectory(path) }
    for path in ["open/file", "closed/file", "a/secret", "z"] { try source.write(path, "content of \(path)") }
    for path in ["closed", "a/secret"] { chmod(source.full(path), 0) }
    defer { for path in ["closed", "a/secret"] { chmod(source.full(path), 0o700) } }
    let taken = try withoutFileRights { try fixture.backUp(workers: workers) }
    #expect(
      Set(taken.problems.map { String(decoding: $0.path, as: UTF8.self) })
        == [source.full("closed"), source.full("a/secret")])
    #expect(taken.statistics.errors == 2)
    #expect(try fixture.contents(of: taken).names == ["open", "open/file", "a", "z"])
    for path in ["closed", "a/secret"] { chmod(source.full(path), 0o755) }
    let next = try fixture.backUp(workers: workers)
    #expect(next.messages == [])
    #expect(try fixture.contents(of: next).text("closed/file") == "content of closed/file")
    #expect(next.result.unchangedFiles == 2)
  }

  @Test("a directory that may be entered but not listed is kept, empty and reported")
  func unlistable() throws {
    source.makeDirectory("d")
    try source.write("d/file", "x")
    chmod(source.full("d"), 0o311)
    defer { chmod(source.full("d"), 0o755) }
    let taken = try withoutFileRights { try fixture.backUp() }
    #expect(taken.problems.count == 1)
    #expect(try !fixture.contents(of: taken).names.contains("d/file"))
  }

  @Test("entries that come and go while they are backed up do no harm")
  func comingAndGoing() throws {
    for number in 0..<200 { try source.write("steady \(number)", "\(number)") }
    let files = (0..<20).map { source.full("file \($0)") }
    let directories = (0..<20).map { source.full("directory \($0)") }
    let thread = Repeating {
      for path in files {
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        unlink(path)
      }
      for path in directories {
        mkdir(path, 0o700)
        rmdir(path)
      }
    }
    defer { thread.end() }
    for _ in 0..<10 {
      let taken = try fixture.backUp()
      #expect(taken.messages == [])
      let contents = try fixture.contents(of: taken)
      for number in 0..<200 { #expect(contents.text("steady \(number)") == "\(number)") }
    }
  }

  @Test("a file that grows while it is read is reported, and stored up to some length")
  func growing() throws {
    var random = SeededGenerator(seed: 1)
    let beginning = random.bytes(12 << 20)
    try source.write("log", beginning)
    let path = source.full("log")
    let thread = Repeating {
      let descriptor = open(path, O_WRONLY | O_APPEND)
      write(descriptor, "more", 4)
      close(descriptor)
    }
    defer { thread.end() }
    let taken = try fixture.backUp()
    #expect(taken.problems.map { String(decoding: $0.path, as: UTF8.self) } == [source.full("log")])
    let bytes = try #require(try fixture.contents(of: taken).files["log"])
    #expect(bytes.starts(with: beginning))
    #expect(String(decoding: bytes[beginning.count...], as: UTF8.self).replacing("more", with: "").count < 4)
  }

  @Test("a file that is written to while it is read is reported, though its time is set back")
  func timeSetBack() throws {
    var random = SeededGenerator(seed: 3)
    try source.write("database", random.bytes(12 << 20))
    let path = source.full("database")
    let thread = Repeating {
      let descriptor = open(path, O_WRONLY)
      write(descriptor, "x", 1)
      var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0)]
      futimens(descriptor, &times)
      close(descriptor)
    }
    defer { thread.end() }
    #expect(try fixture.backUp().problems.map { String(decoding: $0.path, as: UTF8.self) } == [path])
  }

  @Test("a file that shrinks while it is read is reported, and its node says what was stored")
  func shrinking() throws {
    var random = SeededGenerator(seed: 2)
    let whole = random.bytes(24 << 20)
    try source.write("file", whole)
    let path = source.full("file")
    let problems = ProblemList()
    let progress = problems.progress
    let thread = Repeating { if progress.bytesDone > 0 { truncate(path, 5_000_000) } }
    defer { thread.end() }
    let taken = try fixture.backUp(progress: progress)
    #expect(problems.all.map { String(decoding: $0.path, as: UTF8.self) } == [path])
    let contents = try fixture.contents(of: taken)
    let bytes = try #require(contents.files["file"])
    #expect(try contents.node("file").size == UInt64(bytes.count))
    #expect(bytes.count < whole.count && whole.starts(with: bytes))
    #expect(taken.statistics.bytes == UInt64(bytes.count))
    let next = try fixture.backUp()
    #expect(try fixture.contents(of: next).files["file"]?.count == 5_000_000)
  }

  @Test("a file that is emptied and filled with holes while it is read comes out at one of its lengths")
  func punched() throws {
    var random = SeededGenerator(seed: 4)
    try source.write("file", random.bytes(8 << 20))
    let path = source.full("file")
    let thread = Repeating {
      truncate(path, 1_000_000)
      truncate(path, 8 << 20)
    }
    defer { thread.end() }
    for _ in 0..<3 {
      let contents = try fixture.contents(of: try fixture.backUp())
      #expect(try contents.files["file"]?.count == Int(contents.node("file").size))
    }
  }
}

/// Does something over and over on a thread of its own.
private final class Repeating: Sendable {
  private let isDone = Atomic<Bool>(false)
  private let thread = Mutex<WorkerThread?>(nil)

  init(_ body: @escaping @Sendable () -> Void) {
    thread.withLock {
      $0 = WorkerThread(starting: { [self] in
        while !isDone.load(ordering: .relaxed) {
          body()
          usleep(50)
        }
      })
    }
  }

  func end() {
    isDone.store(true, ordering: .relaxed)
    thread.withLock { $0.take() }?.join()
  }
}
