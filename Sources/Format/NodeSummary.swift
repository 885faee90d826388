/// What a backup compares of a parent's node, read without allocating.
public struct NodeSummary: Hashable, Sendable {
  /// Where the name lies in the tree object.
  public internal(set) var name: Range<Int>
  /// Where the whole node lies in the tree object; an unchanged node is copied from there.
  public internal(set) var encoded: Range<Int>
  /// The type.
  public internal(set) var type: FileType
  /// The 12 permission bits.
  public internal(set) var mode: UInt16
  /// The owner.
  public internal(set) var uid: UInt32
  /// The group.
  public internal(set) var gid: UInt32
  /// A file's length in bytes; 0 for other types.
  public internal(set) var size: UInt64
  /// When the content last changed.
  public internal(set) var mtime: Timestamp
  /// When the inode last changed.
  public internal(set) var ctime: Timestamp
  /// The inode number.
  public internal(set) var inode: UInt64
  /// The file system it was on: major × 2^32 + minor.
  public internal(set) var device: UInt64
  /// How many names the inode had.
  public internal(set) var linkCount: UInt64
  /// A directory's tree object.
  public internal(set) var subtree: ChunkID?
}
