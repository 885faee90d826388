/// An access control list in the kernel's binary form: 4 bytes of version, then for each entry a tag, its rights and an id in
/// 2, 2 and 4 bytes, little-endian. Rights are those of one digit of a mode: 4 read, 2 write, 1 execute.
public struct AccessControlList: Sendable {
  /// The attribute with the list that guards an object.
  public static let accessName: PathBytes = "system.posix_acl_access"
  /// The attribute of a directory with the list that new entries get.
  public static let defaultName: PathBytes = "system.posix_acl_default"

  private enum Tag {
    static let owner: UInt8 = 0x01
    static let mask: UInt8 = 0x10
    static let others: UInt8 = 0x20
  }

  /// The list as an attribute's value.
  public private(set) var bytes: [UInt8]

  /// The list with this value.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The rights that everybody has by it, leaving out its owner.
  public var commonRights: UInt32 {
    entries.reduce(7) { rights, entry in
      bytes[entry] == Tag.owner ? rights : rights & UInt32(bytes[entry + 2])
    }
  }

  /// The same list, by which nobody but the owner has other rights than these.
  public func limited(to rights: UInt32) -> AccessControlList {
    var limited = self
    for entry in entries where bytes[entry] == Tag.mask || bytes[entry] == Tag.others {
      limited.bytes[entry + 2] &= UInt8(truncatingIfNeeded: rights)
    }
    return limited
  }

  /// Each entry's tag, rights and id; nil for what is no list of the version that is known, 2.
  public var fields: [(tag: UInt32, rights: UInt32, id: UInt32)]? {
    guard bytes.count >= 4, bytes.count % 8 == 4, number(0, 4) == 2 else { return nil }
    return entries.map { (number($0, 2), number($0 + 2, 2), number($0 + 4, 4)) }
  }

  private func number(_ offset: Int, _ count: Int) -> UInt32 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private var entries: StrideTo<Int> { stride(from: 4, to: bytes.count - 7, by: 8) }
}
