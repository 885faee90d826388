/// An extended attribute of a node; access control lists are among them.
public struct ExtendedAttribute: Hashable, Sendable {
  /// The full name with its namespace.
  public var name: [UInt8]
  /// The value.
  public var value: [UInt8]

  /// Makes an attribute.
  public init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// A field of a node that this version of the program doesn't know, kept as it is.
public struct NodeExtension: Hashable, Sendable {
  /// What tells extensions apart.
  public var tag: UInt64
  /// The field's bytes.
  public var value: [UInt8]

  /// Makes an extension.
  public init(tag: UInt64, value: [UInt8]) {
    self.tag = tag
    self.value = value
  }
}

/// One entry of a directory with all its metadata.
public struct Node: Hashable, Sendable {
  /// What a node of some type holds.
  public enum Content: Hashable, Sendable {
    /// A file's items; their lengths add up to its size.
    case file([ContentItem])
    /// A directory's tree object.
    case directory(ChunkID)
    /// A symbolic link's target.
    case symbolicLink([UInt8])
    /// The numbers of a character or block device.
    case device(major: UInt64, minor: UInt64)
    /// FIFOs and sockets have none.
    case none
  }

  /// 1–255 bytes; not `.` or `..`; no `/` and no NUL.
  public var name: [UInt8]
  /// The type, which `content` must fit.
  public var type: FileType
  /// The 12 permission bits with set-uid, set-gid and sticky.
  public var mode: UInt16
  /// The owner.
  public var uid: UInt32
  /// The group.
  public var gid: UInt32
  /// A file's length in bytes; 0 for other types.
  public var size: UInt64
  /// When the content last changed.
  public var mtime: Timestamp
  /// When the inode last changed.
  public var ctime: Timestamp
  /// The inode number.
  public var inode: UInt64
  /// The file system it was on: major × 2^32 + minor.
  public var device: UInt64
  /// How many names the inode had.
  public var linkCount: UInt64
  /// When the inode was made, where the file system says so.
  public var birthTime: Timestamp?
  /// The user-settable inode flags as `FS_IOC_GETFLAGS` gives them, where the file system has them.
  public var inodeFlags: UInt32?
  /// By strictly ascending name.
  public var extendedAttributes: [ExtendedAttribute]
  /// By strictly ascending tag.
  public var extensions: [NodeExtension]
  /// What the node holds.
  public var content: Content

  /// Makes a node; see the fields for what must hold.
  public init(
    name: [UInt8], type: FileType, mode: UInt16, uid: UInt32, gid: UInt32, size: UInt64 = 0, mtime: Timestamp,
    ctime: Timestamp, inode: UInt64, device: UInt64, linkCount: UInt64, birthTime: Timestamp? = nil,
    inodeFlags: UInt32? = nil, extendedAttributes: [ExtendedAttribute] = [], extensions: [NodeExtension] = [],
    content: Content
  ) {
    self.name = name
    self.type = type
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.size = size
    self.mtime = mtime
    self.ctime = ctime
    self.inode = inode
    self.device = device
    self.linkCount = linkCount
    self.birthTime = birthTime
    self.inodeFlags = inodeFlags
    self.extendedAttributes = extendedAttributes
    self.extensions = extensions
    self.content = content
  }
}
