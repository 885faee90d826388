import FileSystem
import Format

/// Giving metadata to what was restored: all that can be, whatever becomes of the rest.
///
/// The order matters: changing the owner clears set-uid bits and capabilities, so it comes first; the modification time
/// comes last, so that what was cut off never looks finished; flags, which may forbid changes and renaming, can only follow.
extension MetadataStamp {
  /// Restores the metadata of an open file or directory, but for its flags.
  ///
  /// - Parameters:
  ///   - status: its status before it was written to, if it was.
  ///   - isPlain: whether it is known to have no attributes.
  func apply<Object: OpenObject & MetadataTarget & ~Copyable>(
    _ node: Node, _ names: OwnerNames, to object: borrowing Object, status: FileStatus, isWritten: Bool, isPlain: Bool
  ) -> MetadataGaps {
    var gaps = MetadataGaps()
    var present: [FileSystem.ExtendedAttribute] = []
    var rights = RestoredRights(permissions: UInt32(status.permissions))
    if !isPlain {
      let areKnown = gaps.attempt("extended attributes") { () throws(FileSystemError) in
        present = try object.extendedAttributes()
      }
      // A list may be among them.
      if !areKnown { rights.noteList(false) }
    }
    if isWritten { rights.noteClearing() }
    if let owner = owner(node, names), owner != (status.user, status.group) {
      apply(owner, to: object, &rights, &gaps)
    }
    applyAttributes(of: node, to: object, present: present, &rights, &gaps)
    applyMode(of: node, to: object, rights, &gaps)
    if isWritten || Format.Timestamp(status.modified) != node.mtime { applyTime(of: node, to: object, &gaps) }
    return gaps
  }

  /// Restores the metadata of an entry that can't be opened: a link, a pipe, a socket or a device.
  func apply(_ node: Node, _ names: OwnerNames, to entry: NamedEntry) -> MetadataGaps {
    var gaps = MetadataGaps()
    var rights = RestoredRights(permissions: nil)
    if let owner = owner(node, names) { apply(owner, to: entry, &rights, &gaps) }
    applyAttributes(of: node, to: entry, present: [], &rights, &gaps)
    // The mode of a symbolic link can't be changed.
    if node.type != .symbolicLink { applyMode(of: node, to: entry, rights, &gaps) }
    applyTime(of: node, to: entry, &gaps)
    return gaps
  }

  private func apply<Target: MetadataTarget & ~Copyable>(
    _ owner: (user: UInt32, group: UInt32), to target: borrowing Target, _ rights: inout RestoredRights,
    _ gaps: inout MetadataGaps
  ) {
    rights.noteClearing()
    if (try? target.setOwner(user: owner.user, group: owner.group)) != nil { return }
    // One of the two may be possible.
    rights.hasUser = gaps.attempt("owner \(owner.user)") { () throws(FileSystemError) in
      try target.setOwner(user: owner.user, group: .max)
    }
    rights.hasGroup = gaps.attempt("group \(owner.group)") { () throws(FileSystemError) in
      try target.setOwner(user: .max, group: owner.group)
    }
  }

  private func applyAttributes<Target: MetadataTarget & ~Copyable>(
    of node: Node, to target: borrowing Target, present: [FileSystem.ExtendedAttribute],
    _ rights: inout RestoredRights, _ gaps: inout MetadataGaps
  ) {
    if present.isEmpty, node.extendedAttributes.isEmpty { return }
    let wanted = attributes(node)
    for attribute in present
    where mayChange(attribute.name) && !wanted.contains(where: { $0.name == attribute.name }) {
      let isDone = gaps.attempt(attribute.name.escaped) { () throws(FileSystemError) in
        try target.removeExtendedAttribute(attribute.name)
      }
      if attribute.name == AccessControlList.accessName { rights.noteList(isDone) }
    }
    for attribute in wanted where !present.contains(attribute) {
      if attribute.name == Self.capabilities, !rights.isOwned {
        gaps.note(attribute.name.escaped, "not for another owner")
        continue
      }
      let isList = attribute.name == AccessControlList.accessName
      let limited = isList ? rights.limited(attribute, of: node) : attribute
      let isDone = gaps.attempt(attribute.name.escaped) { () throws(FileSystemError) in
        try target.setExtendedAttribute(limited)
      }
      if isList { rights.noteList(isDone) }
    }
  }

  private static let capabilities: PathBytes = "security.capability"

  private func applyMode<Target: MetadataTarget & ~Copyable>(
    of node: Node, to target: borrowing Target, _ rights: RestoredRights, _ gaps: inout MetadataGaps
  ) {
    let mode = rights.limited(mode(node), of: node)
    guard rights.permissions != mode else { return }
    gaps.attempt("mode \(String(mode, radix: 8))") { () throws(FileSystemError) in try target.setPermissions(mode) }
  }

  private func applyTime<Target: MetadataTarget & ~Copyable>(
    of node: Node, to target: borrowing Target, _ gaps: inout MetadataGaps
  ) {
    gaps.attempt("modification time") { () throws(FileSystemError) in
      try target.setTimes(access: nil, modification: FileSystem.Timestamp(node.mtime))
    }
  }

  /// Restores the flags of a file or directory that has everything else, and its names.
  func applyFlags<Object: OpenObject & ~Copyable>(
    of node: Node, to object: borrowing Object, _ gaps: inout MetadataGaps
  ) {
    let flags = flags(of: node)
    if flags.isEmpty || (try? object.setInodeFlags(flags)) != nil { return }
    // Some of them may be possible.
    let forbidding = flags.intersection(.forbiddingChanges)
    var done: InodeFlags = []
    for part in [flags.subtracting(forbidding), forbidding] where !part.isEmpty {
      gaps.attempt(part == forbidding ? "immutable or append-only flag" : "inode flags") { () throws(FileSystemError) in
        do throws(FileSystemError) {
          try object.setInodeFlags(done.union(part))
          done.formUnion(part)
        } catch {
          // How a file is stored means nothing to another kind of file system than the one that was backed up.
          if error.code != .notSupported || part == forbidding { throw error }
        }
      }
    }
  }

  /// Whether it gets flags that forbid to give it another name.
  func forbidsNames(_ node: Node) -> Bool { !flags(of: node).isDisjoint(with: .forbiddingChanges) }

  private func flags(of node: Node) -> InodeFlags {
    let flags = InodeFlags(rawValue: node.inodeFlags ?? 0).intersection(.settable)
    return privileges.contains(.changeForbiddingFlags) ? flags : flags.subtracting(.forbiddingChanges)
  }
}
