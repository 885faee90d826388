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
    var descent = try DirectoryDescent(from: self)
    try descent.enter(name)
    var levels = [(name: name, entries: try reader.entries(of: descent.current))]
    while !levels.isEmpty {
      guard let entry = levels[levels.count - 1].entries.popLast() else {
        let empty = levels.removeLast()
        try descent.leave()
        try descent.current.removeDirectory(empty.name)
        continue
      }
      let directory = descent.current
      let status = try directory.status(of: entry.name)
      if status.type == .directory {
        try directory.checkMount(of: status, entry.name)
        try descent.enter(entry.name)
        levels.append((name: entry.name, entries: try reader.entries(of: descent.current)))
      } else {
        try directory.removeFile(entry.name)
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
