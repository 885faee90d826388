/// A file or directory held open. What can be done to either by its descriptor is defined on this protocol.
public protocol OpenObject: ~Copyable, Sendable {
  /// The descriptor, valid while the object lives.
  var rawDescriptor: Int32 { get }

  /// The path it was opened by. For messages only: the object may have been renamed since.
  var path: PathBytes { get }
}

extension OpenObject where Self: ~Copyable {
  /// Throws the error of a failed call on this object, or returns its result.
  @inline(__always)
  @discardableResult
  func check<Number: SignedInteger>(
    _ result: Number, _ operation: StaticString
  ) throws(FileSystemError) -> Number {
    guard result >= 0 else { throw FileSystemError(Int32(-result), operation, path) }
    return result
  }

  /// What the kernel knows about the object now.
  public func status() throws(FileSystemError) -> FileStatus {
    try FileStatus(of: rawDescriptor, location: .path(path))
  }

  /// Sets the owner; `UInt32.max` leaves user or group as it is. This clears the setuid and setgid bits, so set the mode afterwards.
  public func setOwner(user: UInt32, group: UInt32) throws(FileSystemError) {
    try check(SystemCall.fchown(rawDescriptor, user, group), "fchown")
  }

  /// Sets the 12 mode bits: permissions, setuid, setgid and sticky.
  public func setPermissions(_ mode: UInt32) throws(FileSystemError) {
    try check(SystemCall.fchmod(rawDescriptor, mode & FileStatus.permissionMask), "fchmod")
  }

  /// Sets the times; nil leaves that time as it is.
  public func setTimes(access: Timestamp? = nil, modification: Timestamp?) throws(FileSystemError) {
    let result = Timestamp.withKernelTimes(access: access, modification: modification) {
      SystemCall.futimens(rawDescriptor, $0)
    }
    try check(result, "futimens")
  }

  /// Makes the object durable: a file's bytes and metadata, a directory's entries.
  ///
  /// After an error, `.interrupted` included, the kernel may have dropped what it could not write: don't try the same
  /// descriptor again.
  public func synchronize() throws(FileSystemError) {
    try check(SystemCall.fsync(rawDescriptor), "fsync")
  }
}
