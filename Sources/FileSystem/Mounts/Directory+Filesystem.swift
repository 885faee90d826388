import CLinux
import Glibc

/// What the directory's file system says of itself.
extension Directory {
  /// The UUID, in the usual form; nil where the file system has none of 16 bytes, or the kernel doesn't tell.
  public func filesystemUUID() throws(FileSystemError) -> String? {
    var uuid = clinux_fsuuid()
    let result = SystemCall.getFilesystemUUID(rawDescriptor, &uuid)
    if Self.isUnknown(result) { return nil }
    try check(result, "ioctl FS_IOC_GETFSUUID")
    return withUnsafeBytes(of: &uuid.bytes) { bytes in
      guard uuid.length == 16, bytes.contains(where: { $0 != 0 }) else { return nil }
      return bytes.enumerated().map { index, byte in
        ([4, 6, 8, 10].contains(index) ? "-" : "") + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
    }
  }

  /// The label; nil where the file system has none, or the kernel doesn't tell.
  public func filesystemLabel() throws(FileSystemError) -> String? {
    var label = [CChar](repeating: 0, count: Int(CLINUX_LABEL_CAPACITY))
    let result = label.withUnsafeMutableBufferPointer { label in
      label.baseAddress.map { SystemCall.getFilesystemLabel(rawDescriptor, $0) } ?? -EINVAL
    }
    if Self.isUnknown(result) { return nil }
    try check(result, "ioctl FS_IOC_GETFSLABEL")
    let bytes = label.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  private static func isUnknown(_ result: Int32) -> Bool { [-ENOTTY, -EOPNOTSUPP, -ENOSYS, -EINVAL].contains(result) }
}
