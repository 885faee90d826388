public import FileSystem

/// Which directory it is, by whatever path.
public struct DirectoryIdentity: Hashable, Sendable {
  private let device: DeviceNumber
  private let inode: UInt64

  /// The directory that has this status.
  public init(_ status: FileStatus) {
    device = status.device
    inode = status.inode
  }
}
