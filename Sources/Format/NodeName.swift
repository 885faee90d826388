internal import Glibc

/// What a directory entry may be called.
enum NodeName {
  static func isLegal(_ name: UnsafeRawBufferPointer) -> Bool {
    guard (1...Limits.nameLength).contains(name.count) else { return false }
    for byte in name where byte == 0 || byte == UInt8(ascii: "/") { return false }
    let dot = UInt8(ascii: ".")
    return !(name[0] == dot && (name.count == 1 || name.count == 2 && name[1] == dot))
  }

  /// Whether `left` comes strictly before `right` in the order of bytes.
  static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
      return left.isEmpty && !right.isEmpty
    }
    let order = memcmp(leftStart, rightStart, min(left.count, right.count))
    return order != 0 ? order < 0 : left.count < right.count
  }
}

extension ByteReader {
  /// Reads the legal name of a node.
  @inline(__always)
  mutating func nodeName(_ field: StaticString) throws(FormatError) -> UnsafeRawBufferPointer {
    let name = try bytes(field)
    guard NodeName.isLegal(name) else { throw malformed(field, "not a legal name") }
    return name
  }
}
