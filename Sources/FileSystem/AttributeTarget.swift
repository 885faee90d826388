import Glibc

/// The two ways to an object's extended attributes.
enum AttributeTarget {
  case descriptor(Int32)
  /// The object at a path, itself where it is a symbolic link.
  case path(PathBytes)

  /// The kernel's limit on the list of names and on a value, in bytes.
  private static let limit = 64 * 1024
  /// What fits in here is read without an allocation. Nearly every list does.
  private static let usual = 1024

  /// All attributes in the order of their names. `path` names the object in errors.
  func all(_ path: @autoclosure () -> PathBytes) throws(FileSystemError) -> [ExtendedAttribute] {
    let list = bytes { SystemCall.listAttributes(self, $0) }
    if list.errorNumber == EOPNOTSUPP || list.errorNumber == ENOSYS { return [] }
    guard list.errorNumber == 0 else { throw FileSystemError(list.errorNumber, "listxattr", path()) }
    if list.bytes.isEmpty { return [] }
    var attributes: [ExtendedAttribute] = []
    for field in list.bytes.split(separator: 0) {
      guard let name = PathBytes(field) else { continue }
      let value = bytes { SystemCall.getAttribute(self, name, $0) }
      // Removed since it was listed, or listed by a file system that then refuses to tell it.
      if value.errorNumber == ENODATA || value.errorNumber == EOPNOTSUPP { continue }
      guard value.errorNumber == 0 else { throw FileSystemError(value.errorNumber, "getxattr", path()) }
      attributes.append(ExtendedAttribute(name: name, value: value.bytes))
    }
    attributes.sort { $0.name < $1.name }
    return attributes
  }

  func set(_ attribute: ExtendedAttribute) -> Int32 { SystemCall.setAttribute(self, attribute) }

  func remove(_ name: PathBytes) -> Int32 { SystemCall.removeAttribute(self, name) }

  /// Reads a list or a value: into a small buffer, and if it doesn't fit, into one that takes the most there can be.
  private func bytes(_ read: (UnsafeMutableRawBufferPointer) -> Int) -> (bytes: [UInt8], errorNumber: Int32) {
    let small = bytes(upTo: Self.usual, read)
    return small.errorNumber == ERANGE ? bytes(upTo: Self.limit, read) : small
  }

  private func bytes(
    upTo capacity: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int
  ) -> (bytes: [UInt8], errorNumber: Int32) {
    withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { buffer in
      let count = read(buffer)
      return count < 0 ? ([], Int32(-count)) : ([UInt8](buffer[..<count]), 0)
    }
  }
}
