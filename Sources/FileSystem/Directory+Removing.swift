/// Removing whole trees.
extension Directory {
  /// Removes the entry called `name` and, if it is a directory, everything below it.
  ///
  /// Everything is reached by descriptor and no link is followed. Another mount below is not entered: it throws
  /// `.crossDevice`, and what was removed before stays removed.
  public func removeTree(_ name: FileName) throws(FileSystemError) {
    let top = try status(of: name)
    guard top.type == .directory else { return try removeFile(name) }
    try checkMount(of: top, name)
    var reader = DirectoryReader(capacity: 32 * 1024)
    var levels = [RemovalLevel(name: name, directory: try openDirectory(name))]
    levels[0].entries = try reader.entries(of: levels[0].directory)
    while let level = levels.last {
      guard let entry = levels[levels.count - 1].entries.popLast() else {
        levels.removeLast()
        try (levels.last?.directory ?? self).removeDirectory(level.name)
        continue
      }
      let status = try level.directory.status(of: entry.name)
      if status.type == .directory {
        try level.directory.checkMount(of: status, entry.name)
        let below = try level.directory.openDirectory(entry.name)
        levels.append(RemovalLevel(name: entry.name, directory: below, entries: try reader.entries(of: below)))
      } else {
        try level.directory.removeFile(entry.name)
      }
    }
  }

  private func checkMount(of status: FileStatus, _ name: FileName) throws(FileSystemError) {
    let own = try self.status()
    guard status.isOnMount(of: own) else {
      let reason = "another file system is mounted there"
      throw FileSystemError(.crossDevice, "remove", path.appending(name), reason: reason)
    }
  }
}

private struct RemovalLevel {
  let name: FileName
  let directory: Directory
  var entries: [DirectoryEntry] = []
}
