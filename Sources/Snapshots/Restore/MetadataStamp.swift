import FileSystem
import Format
import Glibc

/// Gives restored objects the metadata that their nodes record.
struct MetadataStamp: Sendable {
  private let isRoot: Bool
  private let ownership: RestoreOptions.Ownership
  let privileges: RestoreOptions.Privileges
  private let accounts = AccountNames()

  init(options: RestoreOptions) {
    isRoot = geteuid() == 0
    ownership = isRoot ? options.ownership : .none
    privileges = isRoot ? options.privileges : []
  }

  var mayCreateDevices: Bool { privileges.contains(.devices) }

  /// The owner to restore; nil if owners are not restored.
  func owner(_ node: Node, _ names: OwnerNames) -> (user: UInt32, group: UInt32)? {
    switch ownership {
    case .none: return nil
    case .numeric: return (node.uid, node.gid)
    case .byName:
      let user = names.user(node.uid).flatMap { accounts.user(named: $0) }
      let group = names.group(node.gid).flatMap { accounts.group(named: $0) }
      return (user ?? node.uid, group ?? node.gid)
    }
  }

  /// The mode to restore. Set-uid for another owner than the recorded one would hand out that owner's rights.
  func mode(_ node: Node) -> UInt32 {
    let mode = UInt32(node.mode)
    if node.type == .directory { return mode }
    return privileges.contains(.setIdentifiers) && ownership != .none ? mode : mode & 0o1777
  }

  /// The attributes to restore.
  func attributes(_ node: Node) -> [FileSystem.ExtendedAttribute] {
    var attributes: [FileSystem.ExtendedAttribute] = []
    for attribute in node.extendedAttributes {
      guard let name = PathBytes(attribute.name), mayChange(name) else { continue }
      attributes.append(FileSystem.ExtendedAttribute(name: name, value: attribute.value))
    }
    return attributes
  }

  /// Whether something has all the metadata already but for its times. `present` reads its attributes.
  func matches(
    _ node: Node, _ names: OwnerNames, _ status: FileStatus,
    present: () throws(FileSystemError) -> [FileSystem.ExtendedAttribute]
  ) throws(FileSystemError) -> Bool {
    if let owner = owner(node, names), owner != (status.user, status.group) { return false }
    // The mode of a symbolic link can't be changed.
    guard node.type == .symbolicLink || UInt32(status.permissions) == mode(node) else { return false }
    return try present().filter { mayChange($0.name) } == attributes(node)
  }

  func mayChange(_ name: PathBytes) -> Bool {
    let isPrivileged = name.bytes.starts(with: "security.".utf8) || name.bytes.starts(with: "trusted.".utf8)
    return !isPrivileged || privileges.contains(.securityAttributes)
  }
}
