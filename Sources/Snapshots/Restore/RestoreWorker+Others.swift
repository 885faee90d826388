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
    var replacement: Replacement?
    if !other.directory.isNew, let directory = other.directory.handle,
      let existing = try maker.status(of: other.name, in: directory)
    {
      if state.leaves(existing, for: node) {
        state.note(.unchanged, other.entry.path)
        return state.count { $0.skipped += 1 }
      }
      if try stands(node, at: other.name, existing, in: directory) {
        // What has other names is never changed, since those may lie anywhere: it is right, or it is replaced.
        if existing.linkCount == 1 {
          isKept = true
        } else if node.linkCount > 1, try matches(other, existing, in: directory) {
          other.result = .kept
          state.note(.unchanged, other.entry.path)
          return state.count { $0.skipped += 1 }
        }
      }
      if !isKept {
        replacement = try maker.replacement(of: existing, called: other.name, at: other.entry.path, in: directory)
      }
    }
    var gaps = MetadataGaps()
    if !state.options.isDryRun {
      guard let directory = other.directory.handle else { return }
      try maker.make(other.name, replacing: replacement, at: other.entry.path, in: directory) {
        (name) throws(SnapshotsError) in
        if !isKept {
          try SnapshotsError.accessing("it can't be restored") { () throws(FileSystemError) in
            try create(node, at: name, in: directory)
          }
        }
        gaps = state.stamp.apply(node, other.entry.owners, to: NamedEntry(name: name, directory: directory))
      }
    }
    other.result = isKept ? .kept : .created
    state.note(isKept ? .unchanged : .created, other.entry.path)
    state.count { if isKept { $0.skipped += 1 } else { $0.others += 1 } }
    if let error = gaps.error { throw error }
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

  /// Whether it has all the metadata already.
  private func matches(
    _ other: RestoreOther, _ existing: FileStatus, in directory: Directory
  ) throws(SnapshotsError) -> Bool {
    let (node, owners) = (other.entry.node, other.entry.owners)
    guard Format.Timestamp(existing.modified) == node.mtime else { return false }
    return try SnapshotsError.accessing("the existing entry can't be looked at") { () throws(FileSystemError) in
      try state.stamp.matches(node, owners, existing) { () throws(FileSystemError) in
        try directory.extendedAttributes(of: other.name)
      }
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
}
