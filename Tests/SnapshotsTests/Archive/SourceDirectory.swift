import CTestCalls
import FileSystem
import Glibc
import Synchronization
import Testing

/// A directory for a test to back up.
///
/// Snapshots hold the directories above it as well, so nothing may change there between two that are compared: all of
/// these lie in one directory that gets its entries before the first test runs.
final class SourceDirectory: Sendable {
  private static let all = SourcePool()

  let path: String

  init() {
    path = Self.all.take()
    mkdir(path, 0o755)
  }

  deinit {
    guard let parent = try? Directory(at: PathBytes(path + "/..") ?? .empty) else { return }
    let name = FileName(String(path.split(separator: "/").last ?? "")) ?? "source"
    guard let directory = try? parent.openDirectory(name) else { return }
    for entry in (try? directory.entries()) ?? [] {
      if (try? directory.removeTree(entry.name)) == nil { unlink("\(path)/\(entry.name)") }
    }
  }

  func bytes(_ name: String = "") -> PathBytes { PathBytes(full(name)) ?? .empty }

  func full(_ name: String) -> String { name.isEmpty ? path : "\(path)/\(name)" }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let descriptor = open(full(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        try #require(count > 0)
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// Writes at an offset, making the file if need be and leaving what lies before a hole.
  func write(_ name: String, _ bytes: [UInt8], at offset: Int) throws {
    let descriptor = open(full(name), O_WRONLY | O_CREAT, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(pwrite(descriptor, bytes, bytes.count, offset) == bytes.count)
  }

  func truncate(_ name: String, to length: Int) throws {
    let descriptor = open(full(name), O_WRONLY | O_CREAT, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(ftruncate(descriptor, length) == 0)
  }

  func makeDirectory(_ name: String) { mkdir(full(name), 0o755) }

  func link(_ target: String, as name: String) { symlink(target, full(name)) }

  func remove(_ name: String) { unlink(full(name)) }

  func setModified(_ name: String, seconds: Int, nanoseconds: Int = 0) {
    var times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: seconds, tv_nsec: nanoseconds)]
    utimensat(AT_FDCWD, full(name), &times, AT_SYMLINK_NOFOLLOW)
  }

  func status(_ name: String) throws -> stat {
    var status = stat()
    try #require(lstat(full(name), &status) == 0)
    return status
  }
}

/// Directories whose parent does not change while tests use them.
private final class SourcePool: Sendable {
  private static let count = 400
  private let path: String
  private let taken = Atomic<Int>(0)

  init() {
    var template = Array("/var/tmp/firn-archive-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { bytes in
      bytes.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    precondition(!path.isEmpty, "no temporary directory could be made")
    chmod(path, 0o755)
    for number in 0..<Self.count { mkdir("\(path)/\(number)", 0o755) }
    SourcePoolCleaning.path.withLock { $0 = path }
    atexit { SourcePoolCleaning.run() }
  }

  func take() -> String {
    let number = taken.add(1, ordering: .relaxed).oldValue
    precondition(number < Self.count, "there are more tests than source directories")
    return "\(path)/\(number)"
  }
}

private enum SourcePoolCleaning {
  static let path = Mutex("")

  static func run() {
    guard let parent = try? Directory(at: "/var/tmp"),
      let name = FileName(path.withLock { String($0.split(separator: "/").last ?? "") })
    else { return }
    try? parent.removeTree(name)
  }
}
