import CLinuxFiles
import Glibc

/// An open directory. Everything is done relative to its descriptor, never by path: should the repository's file system
/// be unmounted or moved meanwhile, nothing lands in whatever is found under the path then.
final class Directory: Sendable {
  let descriptor: Descriptor

  /// Opens the directory at a path; a symbolic link is followed.
  init(path: String) throws(SystemCallFailure) {
    descriptor = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
  }

  /// Opens a directory inside another one; a symbolic link in its place is an error.
  init(_ name: String, in parent: Directory) throws(SystemCallFailure) {
    descriptor = try Descriptor(opening: name, in: parent.number, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  var number: CInt { descriptor.number }

  /// The names in the directory but `.` and `..`, in no order: all of them, or an error.
  func entries() throws(SystemCallFailure) -> [DirectoryEntry] {
    // A description of its own, since reading a directory moves the position that all duplicates share.
    let number = try callRepeatedly("openat") { openat(self.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(number) else {
      let failure = SystemCallFailure.current("fdopendir")
      _ = close(number)
      throw failure
    }
    defer { closedir(stream) }

    var entries: [DirectoryEntry] = []
    while true {
      // `readdir` tells its end from an error by `errno` alone.
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw SystemCallFailure.current("readdir") }
        return entries
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        DirectoryEntry(name: Array(bytes.prefix { $0 != 0 }))
      }
      if name.bytes != [UInt8(ascii: ".")] && name.bytes != [UInt8(ascii: "."), UInt8(ascii: ".")] {
        entries.append(name)
      }
    }
  }

  /// Size, type and times of an entry, which is not followed if it is a symbolic link; nil if it is not there.
  func status(of path: String) throws(SystemCallFailure) -> stat? {
    var status = stat()
    do throws(SystemCallFailure) {
      try callRepeatedly("fstatat") { fstatat(number, path, &status, AT_SYMLINK_NOFOLLOW) }
    } catch {
      if error.number == ENOENT { return nil }
      throw error
    }
    return status
  }

  /// Makes a directory of mode 0700; false if something has that name already.
  @discardableResult
  func makeDirectory(_ name: String) throws(SystemCallFailure) -> Bool {
    if mkdirat(number, name, 0o700) == 0 { return true }
    let failure = SystemCallFailure.current("mkdirat")
    if failure.number == EEXIST { return false }
    throw failure
  }

  /// Removes a file's name; false if it was not there.
  @discardableResult
  func remove(_ path: String) throws(SystemCallFailure) -> Bool {
    if unlinkat(number, path, 0) == 0 { return true }
    let failure = SystemCallFailure.current("unlinkat")
    if failure.number == ENOENT { return false }
    throw failure
  }

  /// Moves a file to a name in another directory of the same file system, if that name is free; false if it is taken,
  /// and the file keeps its old name then.
  func move(_ name: String, to target: Directory, as newName: String) throws(SystemCallFailure) -> Bool {
    if renameat2(number, name, target.number, newName, FIRN_RENAME_NOREPLACE) == 0 { return true }
    let failure = SystemCallFailure.current("renameat2")
    switch failure.number {
    case EEXIST: return false
    // Network file systems refuse the flag but have hard links, whose creation never clobbers either.
    case EINVAL, ENOSYS: return try link(name, to: target, as: newName)
    default: throw failure
    }
  }

  private func link(_ name: String, to target: Directory, as newName: String) throws(SystemCallFailure) -> Bool {
    if linkat(number, name, target.number, newName, 0) != 0 {
      let failure = SystemCallFailure.current("linkat")
      if failure.number == EEXIST { return false }
      throw failure
    }
    try remove(name)
    return true
  }
}

/// The name of an entry, which may be any bytes.
struct DirectoryEntry {
  let bytes: [UInt8]

  init(name: [UInt8]) { bytes = name }

  /// The name as text if it is ASCII, as all names that the layout uses are.
  var asciiName: String? {
    bytes.allSatisfy { $0 < 0x80 } ? displayName : nil
  }

  /// The name for messages.
  var displayName: String { String(decoding: bytes, as: UTF8.self) }
}
