import FileSystem
import Format

/// How much of what says who may do what with an entry is as in the snapshot. Where something of it isn't, nobody may get
/// rights from the rest that he didn't have.
struct RestoredRights {
  /// The mode's bits that the entry has; nil if that isn't known.
  private(set) var permissions: UInt32?
  var hasUser = true
  var hasGroup = true
  private var hasList = true

  init(permissions: UInt32?) { self.permissions = permissions }

  var isOwned: Bool { hasUser && hasGroup }

  /// Notes that set-uid and set-gid bits may be gone: another owner or a write can take them away.
  mutating func noteClearing() {
    if let permissions, permissions & 0o6000 != 0 { self.permissions = nil }
  }

  /// Notes that the access control list was changed, or could not be.
  mutating func noteList(_ isDone: Bool) {
    hasList = isDone
    permissions = nil
  }

  /// The mode to set: without the owner no set-uid and set-gid bits of files; with another group, or without the access
  /// control list, only the rights that everybody had.
  func limited(_ mode: UInt32, of node: Node) -> UInt32 {
    var mode = mode
    if !isOwned, node.type != .directory { mode &= 0o1777 }
    if hasGroup, hasList { return mode }
    let rights = Self.commonRights(node)
    return mode & ~0o77 | rights << 3 | rights
  }

  /// The access control list to set.
  func limited(_ list: FileSystem.ExtendedAttribute, of node: Node) -> FileSystem.ExtendedAttribute {
    if hasGroup { return list }
    let limited = AccessControlList(list.value).limited(to: Self.commonRights(node))
    return FileSystem.ExtendedAttribute(name: list.name, value: limited.bytes)
  }

  /// What everybody might do by mode and access control list.
  private static func commonRights(_ node: Node) -> UInt32 {
    UInt32(node.mode) & UInt32(node.mode) >> 3 & (accessList(of: node)?.commonRights ?? 7)
  }

  /// The list that guards it, if it has one. Then the group's digit of the mode is not the group's.
  static func accessList(of node: Node) -> AccessControlList? {
    let list = node.extendedAttributes.first { $0.name.elementsEqual(AccessControlList.accessName.bytes) }
    return list.map { AccessControlList($0.value) }
  }
}
