import FileSystem

/// Something in the target that the snapshot doesn't have.
struct ExtraEntry {
  let name: FileName
  let status: FileStatus
  /// Where it would be in the snapshot.
  let path: [UInt8]
  let directory: Directory

  private struct Level {
    let directory: Directory
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
    var levels = [try Self.level(directory.openDirectory(name), status, path, &reader)]
    while let level = levels.last {
      guard let entry = levels[levels.count - 1].entries.popLast() else {
        levels.removeLast()
        continue
      }
      let status = try level.directory.status(of: entry.name)
      let path = SnapshotPath.appending(Array(entry.name.bytes), to: level.path)
      if Self.stays(status, path, below: level.status, options) { return true }
      guard status.type == .directory else { continue }
      levels.append(try Self.level(level.directory.openDirectory(entry.name), status, path, &reader))
    }
    return false
  }

  private static func level(
    _ directory: Directory, _ status: FileStatus, _ path: [UInt8], _ reader: inout DirectoryReader
  ) throws(FileSystemError) -> Level {
    Level(directory: directory, status: status, path: path, entries: try reader.entries(of: directory))
  }

  private static func stays(
    _ status: FileStatus, _ path: [UInt8], below above: FileStatus, _ options: RestoreOptions
  ) -> Bool {
    let isDirectory = status.type == .directory
    if options.excludes?(path, isDirectory) == true { return true }
    return options.protectedEntries.contains(status.identity) || isDirectory && !status.isOnMount(of: above)
  }
}
