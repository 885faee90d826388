import FileSystem
import Format

/// A directory of the target that things are restored to.
///
/// The planning thread opens and closes it. While a batch is worked on its handle stays as it is, and workers only use it.
final class RestoreDirectory: @unchecked Sendable {
  enum State {
    /// Not looked for yet, because nothing below it was selected so far.
    case unmade
    /// It exists; `isNew` if this restore made it.
    case made(isNew: Bool)
    /// A dry run found nothing there.
    case absent
    /// It could not be made, and that was reported.
    case failed
  }

  let parent: RestoreDirectory?
  /// Its path in the snapshot.
  let path: [UInt8]
  /// Nil for a target that keeps the metadata it has.
  let entry: TreeEntry?
  /// Whether it was selected itself, and not only something below it.
  let isSelected: Bool
  var state: State
  /// What stands in it and wasn't found in the snapshot yet, in ascending order. Only kept when extras are deleted.
  var extras: ArraySlice<FileName> = []
  /// Whether new entries come with attributes: those that a default access control list makes.
  private(set) var givesAttributes = false
  private(set) var handle: Directory?
  private var identity: (device: DeviceNumber, inode: UInt64)?

  /// The target itself; nil if it doesn't exist, in a dry run.
  ///
  /// - Parameters:
  ///   - entry: where its metadata comes from, if it gets any.
  ///   - path: what in the snapshot is restored to it.
  init(target: Directory?, isNew: Bool, entry: TreeEntry?, path: [UInt8]) throws(FileSystemError) {
    parent = nil
    self.entry = entry
    self.path = path
    isSelected = true
    state = target == nil ? .absent : .made(isNew: isNew)
    if let target { try adopt(target, isNew: isNew) }
  }

  init(_ entry: TreeEntry, in parent: RestoreDirectory, isSelected: Bool) {
    path = entry.path
    self.parent = parent
    self.entry = entry
    self.isSelected = isSelected
    state = .unmade
  }

  /// Whether nothing was in it before.
  var isNew: Bool {
    switch state {
    case .made(let isNew): isNew
    case .absent: true
    case .unmade, .failed: false
    }
  }

  /// Takes over the open directory.
  func adopt(_ directory: Directory, isNew: Bool) throws(FileSystemError) {
    if isNew {
      givesAttributes = parent?.givesAttributes ?? true
    } else {
      givesAttributes = try directory.extendedAttributes().contains { $0.name == "system.posix_acl_default" }
    }
    let status = try directory.status()
    identity = (status.device, status.inode)
    handle = directory
  }

  func close() {
    if parent != nil { handle = nil }
  }

  /// The open directory, without keeping it open if it wasn't: found by descriptors from the nearest open directory above,
  /// following no links, and refused if it isn't the one that was opened first.
  func opened() throws(SnapshotsError) -> Directory {
    if let handle { return handle }
    var chain: [RestoreDirectory] = [self]
    var open: Directory?
    while open == nil, let next = chain.last?.parent {
      open = next.handle
      chain.append(next)
    }
    guard var current = open else { preconditionFailure("the target stays open") }
    for directory in chain.dropLast().reversed() {
      guard let entry = directory.entry, let name = FileName(entry.node.name) else { continue }
      let above = current
      current = try SnapshotsError.accessing("the directory can't be opened again") { () throws(FileSystemError) in
        try above.openDirectory(name)
      }
    }
    let found = current
    let status = try SnapshotsError.accessing("the directory can't be looked at") { () throws(FileSystemError) in
      try found.status()
    }
    guard let identity, identity == (status.device, status.inode) else {
      throw SnapshotsError(.refused, "\(found.path) was replaced by somebody else during the restore")
    }
    return found
  }

  /// Opens it again and keeps it open until `close()`.
  func reopen() throws(SnapshotsError) { handle = try opened() }
}
