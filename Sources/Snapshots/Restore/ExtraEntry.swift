import FileSystem

/// Something in the target that the snapshot doesn't have.
struct ExtraEntry {
  let name: FileName
  let status: FileStatus
  /// Where it would be in the snapshot.
  let path: [UInt8]
  let directory: Directory

  private struct Level {
    let status: FileStatus
    let path: [UInt8]
    var entries: [DirectoryEntry]
  }

  /// Whether it must not be removed with all below it: it is excluded, protected or on another file system than what it is
  /// in, or something below it is. Looked for before anything is removed, with a stack of its own: how deep a tree is nested
  /// is up to whoever made it.
  func mustStay(_ options: RestoreOptions) throws(FileSystemError) -> Bool {
    if try Self.stays(status, path, below: directory.status(), options) { return true }
    guard status.type == .directory else { return false }
    var reader = DirectoryReader(capacity: 32 * 1024)
    var descent = try DirectoryDescent(from: directory)
    try descent.enter(name)
    var levels = [Level(status: status, path: path, entries: try reader.entries(of: descent.current))]
    while !levels.isEmpty {
      let last = levels.count - 1
      guard let entry = levels[last].entries.popLast() else {
        levels.removeLast()
        try descent.leave()
        continue
      }
      let status = try descent.current.status(of: entry.name)
      let path = SnapshotPath.appending(Array(entry.name.bytes), to: levels[last].path)
      if Self.stays(status, path, below: levels[last].status, options) { return true }
      guard status.type == .directory else { continue }
      try descent.enter(entry.name)
      levels.append(Level(status: status, path: path, entries: try reader.entries(of: descent.current)))
    }
    return false
  }

  private static func stays(
    _ status: FileStatus, _ path: [UInt8], below above: FileStatus, _ options: RestoreOptions
  ) -> Bool {
    let isDirectory = status.type == .directory
    if options.excludes?(path, isDirectory) == true { return true }
    return options.protectedEntries.contains(status.identity) || isDirectory && !status.isOnMount(of: above)
  }
}
