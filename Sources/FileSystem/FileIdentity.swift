import Glibc

/// Which object it is, whatever it is called.
public struct FileIdentity: Hashable, Sendable {
  private let device: DeviceNumber
  private let inode: UInt64

  init(device: DeviceNumber, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

extension FileStatus {
  /// Which object it is.
  public var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

  /// Whether it was found on the same file system, and through the same mount of it.
  public func isOnMount(of other: FileStatus) -> Bool { device == other.device && mount == other.mount }
}

extension Directory {
  /// Throws `.stale` unless it is this one: another may have taken its name.
  public func require(_ identity: FileIdentity) throws(FileSystemError) {
    guard try status().identity == identity else { throw FileSystemError(ESTALE, "fstat", path) }
  }
}
