import CLinux
import Glibc

extension FileSystemError {
  /// What forbids a change that was not permitted, where a flag does: the object itself or its directory, if it is immutable
  /// or append-only. It is looked for by its path, so this is for messages only.
  public var forbiddingPath: PathBytes? {
    guard errorNumber == EPERM else { return nil }
    let directory = path.bytes.lastIndex(of: UInt8(ascii: "/")).flatMap { PathBytes(path.bytes[..<$0]) }
    return [path, directory].compactMap(\.self).first { path in
      var status = CLinux.statx()
      let result = path.withCString { SystemCall.statx(AT_FDCWD, $0, AT_SYMLINK_NOFOLLOW, &status) }
      return result == 0 && status.stx_attributes & UInt64(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND) != 0
    }
  }
}
