import CLinux
import Glibc

/// What the kernel knows about a file, directory or other object, from one statx call.
public struct FileStatus: Hashable, Sendable {
  /// The mode bits that `permissions` holds.
  public static let permissionMask: UInt32 = 0o7777

  /// What kind of object it is.
  public let type: FileType
  /// The 12 mode bits: permissions, setuid, setgid and sticky.
  public let permissions: UInt16
  /// The number of names it has.
  public let linkCount: UInt32
  /// The owner.
  public let user: UInt32
  /// The owning group.
  public let group: UInt32
  /// The size in bytes.
  public let size: Int64
  /// The storage it takes, in units of 512 bytes. Less than the size needs where there are holes.
  public let blocks: UInt64
  /// Its number on its file system.
  public let inode: UInt64
  /// The device its file system is on.
  public let device: DeviceNumber
  /// The device that a device node stands for; 0, 0 otherwise.
  public let representedDevice: DeviceNumber
  /// When its content was last changed, as far as its owner lets it be known.
  public let modified: Timestamp
  /// When its content or metadata was last changed; not settable.
  public let changed: Timestamp
  /// When it was made, where the file system keeps that.
  public let born: Timestamp?
  /// The mount it was found through, on Linux 5.8 and later. Tells bind mounts of one device apart.
  public let mount: UInt64?

  /// The object called `name` in `directory`, itself where it is a symbolic link.
  @inline(__always)
  init(of name: FileName, in directory: Int32, location: @autoclosure () -> Location) throws(FileSystemError) {
    // Network file systems may answer from their cache as stat does, and nothing is mounted by looking at it.
    let flags = AT_SYMLINK_NOFOLLOW | Int32(CLINUX_AT_NO_AUTOMOUNT)
    var status = CLinux.statx()
    try SystemCall.check(
      name.withCString { SystemCall.statx(directory, $0, flags | Self.synchronization, &status) }, "statx",
      location().path)
    self.init(status)
  }

  /// The object open as `descriptor`.
  @inline(__always)
  init(of descriptor: Int32, location: @autoclosure () -> Location) throws(FileSystemError) {
    var status = CLinux.statx()
    let flags = Int32(CLINUX_AT_EMPTY_PATH) | Self.synchronization
    try SystemCall.check(SystemCall.statx(descriptor, "", flags, &status), "statx", location().path)
    self.init(status)
  }

  private static let synchronization = Int32(CLINUX_AT_STATX_SYNC_AS_STAT)

  @inline(__always)
  private init(_ status: CLinux.statx) {
    type = FileType(mode: UInt32(status.stx_mode))
    permissions = status.stx_mode & UInt16(Self.permissionMask)
    linkCount = status.stx_nlink
    user = status.stx_uid
    group = status.stx_gid
    size = Int64(clamping: status.stx_size)
    blocks = status.stx_blocks
    inode = status.stx_ino
    device = DeviceNumber(major: status.stx_dev_major, minor: status.stx_dev_minor)
    representedDevice = DeviceNumber(major: status.stx_rdev_major, minor: status.stx_rdev_minor)
    modified = Timestamp(status.stx_mtime)
    changed = Timestamp(status.stx_ctime)
    born = status.stx_mask & UInt32(STATX_BTIME) != 0 ? Timestamp(status.stx_btime) : nil
    let hasMount = status.stx_mask & UInt32(CLINUX_STATX_MNT_ID) != 0
    mount = hasMount ? status.stx_mnt_id : nil
  }

  /// Whether both are of one object, under whatever names. One that has gone has left its number to others, unless it is open.
  public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

extension Timestamp {
  @inline(__always)
  fileprivate init(_ time: statx_timestamp) {
    self.init(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
  }
}
