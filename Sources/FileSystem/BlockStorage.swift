import CLinux
import Glibc

/// A block device, or a regular file used like one, held open. It is closed when it goes away.
public struct BlockStorage: ~Copyable, RandomAccess {
  /// How it is opened.
  public enum Access: Sendable {
    /// For reading.
    case read
    /// For reading and writing, through the kernel's cache.
    case readWrite
    /// For reading and writing past the kernel's cache, so that a write that failed is not read as if it were on the disk.
    /// Offsets, lengths and addresses are multiples of the device's blocks then. Where that can't be done it is the same as
    /// `readWrite`.
    case direct
  }

  private let descriptor: Descriptor

  /// What the kernel knew about the device or file when it was opened.
  public let statusAtOpen: FileStatus

  /// The path it was opened by.
  public let path: PathBytes

  /// The descriptor, valid while the object lives.
  public var rawDescriptor: Int32 { descriptor.rawValue }

  /// Opens the device or file; symbolic links are followed, as those of /dev/disk are meant to be.
  ///
  /// - Throws: `.wrongType` for anything else, which is not waited for.
  public init(at path: PathBytes, for access: Access) throws(FileSystemError) {
    let flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (access == .read ? O_RDONLY : O_RDWR)
    let direct = access == .direct ? Int32(CLINUX_O_DIRECT) : 0
    var result = path.withCString { SystemCall.openat(AT_FDCWD, $0, flags | direct) }
    if result == -EINVAL, direct != 0 { result = path.withCString { SystemCall.openat(AT_FDCWD, $0, flags) } }
    try SystemCall.check(result, "open", path)
    let descriptor = Descriptor(adopting: result)
    let status = try FileStatus(of: result, location: .path(path))
    guard status.type == .blockDevice || status.type == .regular else {
      throw FileSystemError(
        .wrongType, "open", path, reason: "is a \(status.type), neither a block device nor a regular file")
    }
    self.descriptor = descriptor
    self.path = path
    statusAtOpen = status
  }

  /// Whether it is a device.
  public var isDevice: Bool { statusAtOpen.type == .blockDevice }

  /// Whether both have the same file or node open, for the same device.
  public func isSame(as other: borrowing BlockStorage) -> Bool {
    statusAtOpen.isSameFile(as: other.statusAtOpen)
      && statusAtOpen.representedDevice == other.statusAtOpen.representedDevice
  }

  /// The bytes it has now.
  public func byteCount() throws(FileSystemError) -> UInt64 {
    guard isDevice else { return UInt64(try status().size) }
    var bytes: UInt64 = 0
    try check(SystemCall.blockDeviceSize(rawDescriptor, &bytes), "ioctl BLKGETSIZE64")
    return bytes
  }

  /// Whether nothing can be written to the device, whoever asks.
  public func isReadOnly() throws(FileSystemError) -> Bool {
    guard isDevice else { return false }
    var flag: Int32 = 0
    try check(SystemCall.blockDeviceIsReadOnly(rawDescriptor, &flag), "ioctl BLKROGET")
    return flag != 0
  }

  /// Throws `.busy` if the kernel, or a program that asked for it, uses the device for itself alone: a mounted file system,
  /// a swap area, a member of a RAID or a volume group, or a disk of which a partition is one; or if a file is behind a loop
  /// device.
  ///
  /// Two who ask at the same moment are in each other's way.
  public func requireUnused() throws(FileSystemError) {
    guard isDevice else {
      guard !LoopDevices.haveFile(statusAtOpen) else { throw FileSystemError(EBUSY, "open exclusively", path) }
      return
    }
    let flags = O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK
    let result = path.withCString { SystemCall.openat(AT_FDCWD, $0, flags) }
    try check(result, "open exclusively")
    _ = Descriptor(adopting: result)
  }

  /// Makes all that was written durable.
  ///
  /// After an error the kernel may have dropped what it could not write, and says so once for each time that the storage was
  /// opened: don't ask again, and don't share what is opened for writing between those who need to be told.
  public func flush() throws(FileSystemError) {
    try check(SystemCall.fdatasync(rawDescriptor), "fdatasync")
  }

  /// Waits until nobody else has it locked, and locks it until `unlock()`.
  ///
  /// - Throws: `.busy` if others have it locked for as long as `patience`.
  public func lock(patience: Duration) throws(FileSystemError) {
    let deadline = ContinuousClock.now + patience
    var pause: useconds_t = 200
    while true {
      let result = SystemCall.flock(rawDescriptor, LOCK_EX | LOCK_NB)
      guard result == -EWOULDBLOCK else {
        try check(result, "flock")
        return
      }
      guard ContinuousClock.now < deadline else { throw FileSystemError(EBUSY, "flock", path) }
      usleep(pause)
      pause = min(2 * pause, 10_000)
    }
  }

  /// Lets others lock it.
  public func unlock() throws(FileSystemError) {
    try check(SystemCall.flock(rawDescriptor, LOCK_UN), "flock")
  }

  /// Claims the byte at `offset` until it is released, this object goes away or the process ends; false if another object,
  /// here or in another process, has it. Claims are only seen by those who ask for them. It must be open for writing.
  public func claim(_ offset: UInt64) throws(FileSystemError) -> Bool {
    let result = SystemCall.lockByte(rawDescriptor, F_WRLCK, Int64(clamping: offset))
    if result == -EAGAIN || result == -EACCES { return false }
    try check(result, "fcntl F_OFD_SETLK")
    return true
  }

  /// Gives up a claim.
  public func release(_ offset: UInt64) throws(FileSystemError) {
    try check(SystemCall.lockByte(rawDescriptor, F_UNLCK, Int64(clamping: offset)), "fcntl F_OFD_SETLK")
  }

  /// Whether another object has claimed the byte at `offset`.
  public func isClaimed(_ offset: UInt64) throws(FileSystemError) -> Bool {
    try check(SystemCall.isByteLocked(rawDescriptor, Int64(clamping: offset)), "fcntl F_OFD_GETLK") > 0
  }
}
