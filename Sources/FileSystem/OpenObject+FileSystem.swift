import CLinux

/// The file system that an object is on.
extension OpenObject where Self: ~Copyable {
  /// The bytes not in use there that this user may take.
  public func availableBytes() throws(FileSystemError) -> UInt64 {
    var status = CLinux.statfs()
    try check(SystemCall.fstatfs(rawDescriptor, &status), "fstatfs")
    let unit = UInt64(clamping: status.f_frsize > 0 ? status.f_frsize : status.f_bsize)
    // Network file systems report sizes of their own choice, so the product may not fit.
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: unit)
    return overflow ? .max : bytes
  }
}
