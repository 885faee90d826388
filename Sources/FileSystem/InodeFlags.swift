import CLinux
import Glibc

/// The attributes that chattr sets and lsattr shows. File systems keep those they know.
public struct InodeFlags: OptionSet, Hashable, Sendable {
  /// The bits, as in linux/fs.h.
  public let rawValue: UInt32

  /// The flags with these bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Kept compressed (c).
  public static let compressed = InodeFlags(rawValue: 0x4)
  /// Written through at once (S).
  public static let synchronous = InodeFlags(rawValue: 0x8)
  /// Can't be changed, renamed, linked or removed (i). Needs root to set.
  public static let immutable = InodeFlags(rawValue: 0x10)
  /// Can only be added to (a). Needs root to set.
  public static let appendOnly = InodeFlags(rawValue: 0x20)
  /// Of no interest to backups (d).
  public static let noDump = InodeFlags(rawValue: 0x40)
  /// Access times aren't kept (A).
  public static let noAccessTime = InodeFlags(rawValue: 0x80)
  /// Never compressed (m).
  public static let noCompression = InodeFlags(rawValue: 0x400)
  /// Contents go through the journal too (j).
  public static let journalData = InodeFlags(rawValue: 0x4000)
  /// Ends aren't packed together with other files' (t).
  public static let noTail = InodeFlags(rawValue: 0x8000)
  /// Changes of the directory are written through at once (D).
  public static let directorySynchronous = InodeFlags(rawValue: 0x1_0000)
  /// The top of a hierarchy, for placing blocks (T).
  public static let topDirectory = InodeFlags(rawValue: 0x2_0000)
  /// Overwritten in place (C).
  public static let noCopyOnWrite = InodeFlags(rawValue: 0x80_0000)
  /// New entries inherit the project (P).
  public static let projectInherited = InodeFlags(rawValue: 0x2000_0000)

  /// The flags that a user can set and that mean the same on another file system. All others describe how the file system
  /// stores the object (extents, indexed directories, encryption, verity, …) and can't be set at all, or only on an empty
  /// object.
  public static let settable: InodeFlags = [
    .compressed, .synchronous, .immutable, .appendOnly, .noDump, .noAccessTime, .noCompression, .journalData, .noTail,
    .directorySynchronous, .topDirectory, .noCopyOnWrite, .projectInherited,
  ]

  /// The flags that forbid further changes of the object, so that they are set last.
  public static let forbiddingChanges: InodeFlags = [.immutable, .appendOnly]
}

extension OpenObject where Self: ~Copyable {
  /// The object's inode flags, or nil where its file system has none.
  public func inodeFlags() throws(FileSystemError) -> InodeFlags? {
    var bits: UInt32 = 0
    let result = SystemCall.getInodeFlags(rawDescriptor, &bits)
    if [-ENOTTY, -EOPNOTSUPP, -ENOSYS].contains(result) { return nil }
    try check(result, "ioctl FS_IOC_GETFLAGS")
    return InodeFlags(rawValue: bits)
  }

  /// Sets the settable flags to those in `flags`; all other flags stay as they are.
  ///
  /// Throws `.notSupported` where the file system has no flags, or not one of these.
  public func setInodeFlags(_ flags: InodeFlags) throws(FileSystemError) {
    var bits: UInt32 = 0
    try check(SystemCall.getInodeFlags(rawDescriptor, &bits), "ioctl FS_IOC_GETFLAGS")
    let current = InodeFlags(rawValue: bits)
    let wanted = current.subtracting(.settable).union(flags.intersection(.settable))
    if wanted == current { return }
    try check(SystemCall.setInodeFlags(rawDescriptor, wanted.rawValue), "ioctl FS_IOC_SETFLAGS")
  }
}
