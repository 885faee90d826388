import Glibc

extension Directory {
  /// Throws `.stale` unless this is the directory of these numbers: another one may have taken its name.
  public func require(device: DeviceNumber, inode: UInt64) throws(FileSystemError) {
    let status = try status()
    guard status.device == device, status.inode == inode else { throw FileSystemError(ESTALE, "fstat", path) }
  }
}
