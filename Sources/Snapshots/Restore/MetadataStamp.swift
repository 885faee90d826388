import FileSystem
import Format
import Glibc

/// Gives restored objects the metadata that their nodes record.
///
/// The order matters: changing the owner clears set-uid bits and capabilities, so it comes first; the modification time
/// comes last, so that what was cut off never looks finished; flags that forbid changes can only follow.
struct MetadataStamp: Sendable {
  private let isRoot: Bool
  private let ownership: RestoreOptions.Ownership
  private let privileges: RestoreOptions.Privileges
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

  /// Restores the metadata of an open file or directory. `isPlain` says that it is known to have no attributes.
  func apply<Object: OpenObject & ~Copyable>(
    _ node: Node, _ names: OwnerNames, to object: borrowing Object, status: FileStatus, isPlain: Bool
  ) throws(FileSystemError) {
    var permissions = UInt32(status.permissions)
    if let owner = owner(node, names), owner != (status.user, status.group) {
      try object.setOwner(user: owner.user, group: owner.group)
      permissions = .max
    }
    if !isPlain || !node.extendedAttributes.isEmpty {
      try applyAttributes(of: node, present: isPlain ? [] : try object.extendedAttributes()) {
        (attribute) throws(FileSystemError) in
        try object.setExtendedAttribute(attribute)
      } remove: { (name) throws(FileSystemError) in
        try object.removeExtendedAttribute(name)
      }
      permissions = .max
    }
    let mode = mode(node)
    if permissions != mode { try object.setPermissions(mode) }
    try object.setTimes(modification: FileSystem.Timestamp(node.mtime))
    try applyFlags(of: node, to: object)
  }

  /// Restores the metadata of an entry that can't be opened: a link, a pipe, a socket or a device.
  func apply(
    _ node: Node, _ names: OwnerNames, to name: FileName, in directory: Directory
  ) throws(FileSystemError) {
    if let owner = owner(node, names) {
      try directory.setOwner(of: name, user: owner.user, group: owner.group)
    }
    for attribute in attributes(node) { try directory.setExtendedAttribute(attribute, of: name) }
    if node.type != .symbolicLink { try directory.setPermissions(of: name, mode(node)) }
    try directory.setTimes(of: name, modification: FileSystem.Timestamp(node.mtime))
  }

  private func applyAttributes(
    of node: Node, present: [FileSystem.ExtendedAttribute],
    set: (FileSystem.ExtendedAttribute) throws(FileSystemError) -> Void,
    remove: (PathBytes) throws(FileSystemError) -> Void
  ) throws(FileSystemError) {
    let wanted = attributes(node)
    for attribute in present
    where mayChange(attribute.name) && !wanted.contains(where: { $0.name == attribute.name }) {
      try remove(attribute.name)
    }
    for attribute in wanted where !present.contains(attribute) { try set(attribute) }
  }

  private func mayChange(_ name: PathBytes) -> Bool {
    let isPrivileged = name.bytes.starts(with: "security.".utf8) || name.bytes.starts(with: "trusted.".utf8)
    return !isPrivileged || privileges.contains(.securityAttributes)
  }

  private func applyFlags<Object: OpenObject & ~Copyable>(
    of node: Node, to object: borrowing Object
  ) throws(FileSystemError) {
    var flags = InodeFlags(rawValue: node.inodeFlags ?? 0).intersection(.settable)
    if !privileges.contains(.changeForbiddingFlags) { flags.subtract(.forbiddingChanges) }
    // Another name of an immutable file could not be made any more.
    if node.type == .file && node.linkCount > 1 { flags.subtract(.forbiddingChanges) }
    guard !flags.isEmpty else { return }
    do throws(FileSystemError) {
      try object.setInodeFlags(flags)
    } catch {
      // Another kind of file system than the one that was backed up has nothing to restore this to.
      if error.code != .notSupported { throw error }
    }
  }
}
