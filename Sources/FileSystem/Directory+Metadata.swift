import CLinux
import Glibc

/// Changing what is known about an entry, itself where it is a symbolic link.
extension Directory {
  /// Sets the owner; `UInt32.max` leaves user or group as it is. This clears the setuid and setgid bits, so set the mode
  /// afterwards.
  public func setOwner(of name: FileName, user: UInt32, group: UInt32) throws(FileSystemError) {
    let result = name.withCString { SystemCall.fchownat(rawDescriptor, $0, user, group, AT_SYMLINK_NOFOLLOW) }
    try check(result, "fchownat", name)
  }

  /// Sets the 12 mode bits: permissions, setuid, setgid and sticky. Throws `.notSupported` on a symbolic link, which has
  /// none.
  public func setPermissions(of name: FileName, _ mode: UInt32) throws(FileSystemError) {
    let mode = mode & FileStatus.permissionMask
    let result = name.withCString { SystemCall.fchmodat(rawDescriptor, $0, mode, AT_SYMLINK_NOFOLLOW) }
    try check(result, "fchmodat", name)
  }

  /// Sets the times; nil leaves that time as it is.
  public func setTimes(
    of name: FileName, access: Timestamp? = nil, modification: Timestamp?
  ) throws(FileSystemError) {
    let result = Timestamp.withKernelTimes(access: access, modification: modification) { times in
      name.withCString { SystemCall.utimensat(rawDescriptor, $0, times, AT_SYMLINK_NOFOLLOW) }
    }
    try check(result, "utimensat", name)
  }
}
