import FileSystem

/// The text of access control lists: what tar programs write and read.
enum AccessControlText {
  /// The pax record for an attribute that holds a list; nil for any other.
  static func record(for attribute: [UInt8]) -> String? {
    if attribute.elementsEqual(AccessControlList.accessName.bytes) { return "SCHILY.acl.access" }
    if attribute.elementsEqual(AccessControlList.defaultName.bytes) { return "SCHILY.acl.default" }
    return nil
  }

  /// A line for each entry, users and groups by number; nil for what is no list.
  ///
  /// The kernel's form (`linux/posix_acl_xattr.h`) is the version, 2, in four bytes, then for each entry a tag and permissions of two
  /// and an id of four, all with the low byte first.
  static func text(of list: [UInt8]) -> [UInt8]? {
    guard list.count >= 4, list.count % 8 == 4, number(list[..<4]) == 2 else { return nil }
    var text = ""
    for offset in stride(from: 4, to: list.count, by: 8) {
      let (permissions, id) = (number(list[offset + 2..<offset + 4]), number(list[offset + 4..<offset + 8]))
      let who: String
      switch number(list[offset..<offset + 2]) {
      case 0x01: who = "user:"
      case 0x02: who = "user:\(id)"
      case 0x04: who = "group:"
      case 0x08: who = "group:\(id)"
      case 0x10: who = "mask:"
      case 0x20: who = "other:"
      default: return nil
      }
      let letters = zip("rwx", [4, 2, 1] as [UInt32]).map { permissions & $1 == 0 ? "-" : String($0) }
      text += "\(who):\(letters.joined())\n"
    }
    return Array(text.utf8)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
