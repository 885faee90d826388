import CLinux
import Glibc

extension FileSystemError {
  /// What forbids a change that was not permitted, where a flag does: the object itself or its directory, if it is immutable
  /// or append-only. It is looked for by its path, so this is for messages only.
  public var forbiddingPath: PathBytes? {
    guard errorNumber == EPERM else { return nil }
    let directory = path.bytes.lastIndex(of: UInt8(ascii: "/")).flatMap { PathBytes(path.bytes[..<$0]) }
    return [path, directory].compactMap(\.self).first { path in
      path.withCString { isForbidding(AT_FDCWD, $0, AT_SYMLINK_NOFOLLOW) }
    }
  }
}

extension Directory {
  /// What forbids that the entry called `name` is removed or replaced, where a flag does: the entry or this directory, if it is
  /// immutable or append-only.
  public func forbiddingPath(of name: FileName) -> PathBytes? {
    if name.withCString({ isForbidding(rawDescriptor, $0, AT_SYMLINK_NOFOLLOW) }) { return path.appending(name) }
    return isForbidding(rawDescriptor, "", Int32(CLINUX_AT_EMPTY_PATH)) ? path : nil
  }
}

private func isForbidding(_ directory: Int32, _ path: UnsafePointer<CChar>, _ flags: Int32) -> Bool {
  var status = CLinux.statx()
  let result = SystemCall.statx(directory, path, flags, &status)
  return result == 0 && status.stx_attributes & UInt64(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND) != 0
}
