import FileSystem
import Glibc
import Testing

/// A directory of a test's own, removed with all that is in it when the test ends.
final class TemporaryDirectory: Sendable {
  let root: Directory
  private let parent: Directory
  private let name: FileName

  init(in place: PathBytes = "/tmp") throws {
    parent = try Directory(at: place)
    var random = SystemRandomNumberGenerator()
    name = try #require(FileName("filesystem-test-\(random.next())"))
    try parent.createDirectory(name, mode: 0o755)
    root = try parent.openDirectory(name)
  }

  deinit {
    do {
      try Self.clear(root)
      try parent.removeDirectory(name)
    } catch {
      Issue.record("left behind: \(error)")
    }
  }

  private static func clear(_ directory: Directory) throws(FileSystemError) {
    for entry in try directory.entries() {
      if entry.type == .directory {
        try clear(directory.openDirectory(entry.name))
        try directory.removeDirectory(entry.name)
      } else {
        try directory.removeFile(entry.name)
      }
    }
  }

  /// Makes a file of these bytes.
  func write(_ bytes: [UInt8], to name: FileName) throws(FileSystemError) {
    let file = try root.createFile(name)
    try file.write(bytes)
    try file.close()
  }
}

extension File {
  func write(_ bytes: [UInt8], at offset: Int64 = 0) throws(FileSystemError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    try write(UnsafeRawBufferPointer(buffer), at: offset)
  }

  /// Up to `count` bytes from `offset` on.
  func bytes(_ count: Int, at offset: Int64 = 0) throws(FileSystemError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { buffer.deallocate() }
    let count = try read(into: buffer, at: offset)
    return Array(buffer[..<count])
  }
}

/// The code of the error that `body` throws, or nil if it throws none.
func code(_ body: () throws(FileSystemError) -> Void) -> FileSystemError.Code? {
  do {
    try body()
    return nil
  } catch {
    return error.code
  }
}

let isRoot = geteuid() == 0
