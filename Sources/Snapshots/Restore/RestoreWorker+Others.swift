import FileSystem
import Format

/// Links, pipes, sockets and devices.
extension RestoreWorker {
  /// Restores an entry that is neither directory nor regular file.
  func restore(_ other: RestoreOther) {
    if state.isStopping { return }
    state.attempt(other.entry.path) { () throws(SnapshotsError) in try restoreThrowing(other) }
  }

  private func restoreThrowing(_ other: RestoreOther) throws(SnapshotsError) {
    let node = other.entry.node
    if node.type == .characterDevice || node.type == .blockDevice, !state.stamp.mayCreateDevices {
      return state.count { $0.devicesSkipped += 1 }
    }
    var isKept = false
    if !other.directory.isNew, let directory = other.directory.handle,
      let existing = try maker.status(of: other.name, in: directory)
    {
      let isNewer = Format.Timestamp(existing.modified) >= node.mtime
      if state.options.overwrite == .never || state.options.overwrite == .ifNewer && isNewer {
        return state.count { $0.skipped += 1 }
      }
      if existing.linkCount == 1 { isKept = try stands(node, at: other.name, existing, in: directory) }
      if !isKept { try maker.clear(other.name, existing, in: directory) }
    }
    if !state.options.isDryRun {
      guard let directory = other.directory.handle else { return }
      try SnapshotsError.accessing("it can't be restored") { () throws(FileSystemError) in
        if !isKept { try create(node, at: other.name, in: directory) }
        try state.stamp.apply(node, other.entry.owners, to: other.name, in: directory)
      }
    }
    state.count { if isKept { $0.skipped += 1 } else { $0.others += 1 } }
  }

  /// Whether the same thing stands there already.
  private func stands(
    _ node: Node, at name: FileName, _ existing: FileStatus, in directory: Directory
  ) throws(SnapshotsError) -> Bool {
    switch (node.content, existing.type) {
    case (.symbolicLink(let target), .symbolicLink):
      return try SnapshotsError.accessing("the existing link can't be read") { () throws(FileSystemError) in
        try directory.symbolicLinkTarget(name).bytes.elementsEqual(target)
      }
    case (.device(let major, let minor), .characterDevice) where node.type == .characterDevice,
      (.device(let major, let minor), .blockDevice) where node.type == .blockDevice:
      let device = existing.representedDevice
      return (UInt64(device.major), UInt64(device.minor)) == (major, minor)
    case (.none, .fifo): return node.type == .fifo
    case (.none, .socket): return node.type == .socket
    default: return false
    }
  }

  private func create(_ node: Node, at name: FileName, in directory: Directory) throws(FileSystemError) {
    switch node.content {
    case .symbolicLink(let target):
      // The kernel's own limits refuse a target that no file system could have held.
      try directory.createSymbolicLink(name, to: PathBytes(target) ?? .empty)
    case .device(let major, let minor):
      let device = DeviceNumber(major: UInt32(truncatingIfNeeded: major), minor: UInt32(truncatingIfNeeded: minor))
      if node.type == .blockDevice {
        try directory.createBlockDevice(name, device, mode: 0o600)
      } else {
        try directory.createCharacterDevice(name, device, mode: 0o600)
      }
    case .none where node.type == .fifo: try directory.createFIFO(name, mode: 0o600)
    case .none: try directory.createSocket(name, mode: 0o600)
    case .file, .directory: preconditionFailure("files and directories are restored elsewhere")
    }
  }

  /// Makes another name of a file that was restored. False if that file isn't as restored, so that this name needs a copy.
  func link(_ link: RestoreOther) -> Bool {
    guard let original = link.original, !original.hasFailed else { return false }
    if case .leave = original.decision { return false }
    state.attempt(link.entry.path) { () throws(SnapshotsError) in try linkThrowing(link, to: original) }
    return true
  }

  private func linkThrowing(_ link: RestoreOther, to original: RestoreFile) throws(SnapshotsError) {
    if !link.directory.isNew, let directory = link.directory.handle,
      let existing = try maker.status(of: link.name, in: directory)
    {
      let source = try maker.status(of: original.name, in: original.directory.opened())
      let isSame = source.map { ($0.device, $0.inode) == (existing.device, existing.inode) } ?? false
      if isSame || state.options.overwrite == .never { return state.count { $0.skipped += 1 } }
      try maker.clear(link.name, existing, in: directory)
    }
    if !state.options.isDryRun {
      guard let directory = link.directory.handle else { return }
      let source = try original.directory.opened()
      try SnapshotsError.accessing("the hard link can't be made") { () throws(FileSystemError) in
        try directory.link(original.name, in: source, as: link.name)
      }
    }
    state.count { $0.files += 1 }
  }
}
