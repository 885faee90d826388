import Glibc

/// A new directory that is removed, with all it holds, when this object is released.
package final class TemporaryDirectory: Sendable {
  /// Its path.
  package let path: String

  /// Makes the directory under `/tmp`, or, for what is flushed often and need not be, in memory where there is such a place.
  package init(inMemory: Bool = false) {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/firn-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let base = buffer.baseAddress, let path = mkdtemp(base) else { return nil }
      return String(cString: path)
    }
    guard let made else { preconditionFailure("can't make a directory in \(parent)") }
    path = made
  }

  deinit { Self.removeTree(path) }

  private static func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    // Links are removed, never followed.
    if status.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { removeTree("\(path)/\(name)") }
      }
      closedir(directory)
    }
    remove(path)
  }
}
