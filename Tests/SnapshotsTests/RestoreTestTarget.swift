import FileSystem
import Glibc
import Testing

/// A directory that is removed with everything in it when the test is over.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/firn-test-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { bytes in
      bytes.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
    }
    precondition(!path.isEmpty, "no temporary directory could be made")
  }

  deinit {
    if let parent = try? Directory(at: "/tmp"), let name = FileName(String(path.dropFirst("/tmp/".count))) {
      try? parent.removeTree(name)
    }
  }

  /// A path in it as the library takes it.
  func bytes(_ name: String = "") -> PathBytes { PathBytes(full(name)) ?? .empty }

  func full(_ name: String) -> String { name.isEmpty ? path : "\(path)/\(name)" }

  func status(_ name: String) -> stat? {
    var status = stat()
    return lstat(full(name), &status) == 0 ? status : nil
  }

  func content(_ name: String) -> [UInt8]? {
    guard let file = fopen(full(name), "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
    }
  }

  func text(_ name: String) -> String? { content(name).map { String(decoding: $0, as: UTF8.self) } }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try #require(fopen(full(name), "w"))
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func makeDirectory(_ name: String) { mkdir(full(name), 0o755) }

  func setModified(_ name: String, seconds: Int, nanoseconds: Int = 0) {
    var times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: seconds, tv_nsec: nanoseconds)]
    utimensat(AT_FDCWD, full(name), &times, AT_SYMLINK_NOFOLLOW)
  }

  func target(_ name: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink(full(name), $0, bytes.count) } ?? -1
    }
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }
}
