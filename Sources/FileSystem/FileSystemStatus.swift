import CLinux

/// A mounted file system: what it is and how much room it has.
public struct FileSystemStatus: Hashable, Sendable {
  /// The number that tells the kind of file system, as in `FileSystemKind`.
  public let kind: FileSystemKind
  /// Bytes in all.
  public let totalBytes: UInt64
  /// Bytes not in use, counting those kept for root.
  public let freeBytes: UInt64
  /// Bytes not in use that this user may take.
  public let availableBytes: UInt64
  /// Whether it is mounted read-only.
  public let isReadOnly: Bool

  /// The file system that `path` is on.
  public init(at path: PathBytes) throws(FileSystemError) {
    var status = CLinux.statfs()
    try SystemCall.check(path.withCString { SystemCall.statfs($0, &status) }, "statfs", path)
    self.init(status)
  }

  init(of descriptor: Int32, path: PathBytes) throws(FileSystemError) {
    var status = CLinux.statfs()
    try SystemCall.check(SystemCall.fstatfs(descriptor, &status), "fstatfs", path)
    self.init(status)
  }

  private init(_ status: CLinux.statfs) {
    kind = FileSystemKind(rawValue: UInt32(truncatingIfNeeded: status.f_type))
    let unit = UInt64(clamping: status.f_frsize > 0 ? status.f_frsize : status.f_bsize)
    totalBytes = Self.bytes(UInt64(status.f_blocks), of: unit)
    freeBytes = Self.bytes(UInt64(status.f_bfree), of: unit)
    availableBytes = Self.bytes(UInt64(status.f_bavail), of: unit)
    isReadOnly = status.f_flags & Self.readOnlyFlag != 0
  }

  /// Network file systems report sizes of their own choice, so the product may not fit.
  private static func bytes(_ blocks: UInt64, of unit: UInt64) -> UInt64 {
    let (product, overflow) = blocks.multipliedReportingOverflow(by: unit)
    return overflow ? .max : product
  }

  /// ST_RDONLY.
  private static let readOnlyFlag = 1
}

/// The kind of a file system, by the number that the kernel reports for it.
public struct FileSystemKind: RawRepresentable, Hashable, Sendable {
  /// The number, from linux/magic.h.
  public let rawValue: UInt32

  /// The kind with that number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// ext2, ext3 and ext4.
  public static let ext4 = FileSystemKind(rawValue: 0xEF53)
  /// XFS.
  public static let xfs = FileSystemKind(rawValue: 0x5846_5342)
  /// Btrfs.
  public static let btrfs = FileSystemKind(rawValue: 0x9123_683E)
  /// tmpfs, in memory.
  public static let tmpfs = FileSystemKind(rawValue: 0x0102_1994)
  /// proc, the kernel's tables.
  public static let proc = FileSystemKind(rawValue: 0x9FA0)
  /// NFS.
  public static let nfs = FileSystemKind(rawValue: 0x6969)

  /// Whether the files are another machine's, so that locks and memory maps can't be relied on.
  ///
  /// A FUSE file system may be either; it counts as local.
  public var isNetwork: Bool { Self.network.contains(rawValue) }

  /// NFS, SMB 1 (both names), SMB 2, AFS (both), Ceph, 9P, Coda, OCFS2, GFS2, Lustre.
  private static let network: Set<UInt32> = [
    0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x6B41_4653, 0x00C3_6400, 0x0102_1997, 0x7375_7245,
    0x7461_636F, 0x0116_1970, 0x0BD0_0BD0,
  ]
}
