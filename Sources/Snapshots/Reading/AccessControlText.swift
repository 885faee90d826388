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
  static func text(of list: [UInt8]) -> [UInt8]? {
    guard let fields = AccessControlList(list).fields else { return nil }
    var text = ""
    for (tag, rights, id) in fields {
      let who: String
      switch tag {
      case 0x01: who = "user:"
      case 0x02: who = "user:\(id)"
      case 0x04: who = "group:"
      case 0x08: who = "group:\(id)"
      case 0x10: who = "mask:"
      case 0x20: who = "other:"
      default: return nil
      }
      let letters = zip("rwx", [4, 2, 1] as [UInt32]).map { rights & $1 == 0 ? "-" : String($0) }
      text += "\(who):\(letters.joined())\n"
    }
    return Array(text.utf8)
  }
}
