import FileSystem
import Format

/// Makes directories, and clears the way for whatever is to be restored.
struct DirectoryMaker {
  let state: RestoreState

  /// Makes or finds the directory in its parent, which is open, and opens it.
  func make(
    _ directory: RestoreDirectory, _ entry: TreeEntry, in parent: RestoreDirectory
  ) throws(SnapshotsError) {
    guard let name = FileName(entry.node.name) else { return }
    guard let above = parent.handle else {
      directory.state = .absent
      return
    }
    let existing = parent.isNew ? nil : try status(of: name, in: above)
    let exists = existing?.type == .directory
    if let existing, !exists {
      let found = "\(above.path.appending(name)) is a \(existing.type)"
      if state.options.overwrite == .never { throw SnapshotsError(.refused, "\(found), and nothing is overwritten") }
      if state.isOnlyOnTheWay(directory.path) {
        throw SnapshotsError(
          .refused,
          "\(found), and in the snapshot a directory that only leads to what was backed up: it was left as it is, and nothing "
            + "restored below. Move it away, or restore SNAPSHOT:PATH to where that belongs now")
      }
    }
    var replaced: Replacement?
    if let existing, !exists {
      replaced = try replacement(of: existing, called: name, at: directory.path, in: above, byDirectory: true)
    }
    if !exists, state.options.isDryRun {
      directory.state = .absent
      return
    }
    if !exists {
      try make(name, replacing: replaced, at: directory.path, in: above) { (name) throws(SnapshotsError) in
        try SnapshotsError.accessing("the directory can't be made") { () throws(FileSystemError) in
          // Nobody else gets in before the owner and the mode are right.
          try above.createDirectory(name, mode: 0o700)
        }
      }
    }
    try SnapshotsError.accessing("the directory can't be opened") { () throws(FileSystemError) in
      let open = try above.openDirectory(name)
      if state.options.protectedEntries.contains(try open.status().identity) {
        directory.state = .protected
      } else {
        try directory.adopt(open, isNew: !exists)
        directory.state = .made(isNew: !exists)
      }
    }
    if case .protected = directory.state { state.count { $0.protected.append(directory.path) } }
  }

  /// What stands at `name`; nil if nothing does.
  func status(of name: FileName, in directory: Directory) throws(SnapshotsError) -> FileStatus? {
    let status: FileStatus
    do throws(FileSystemError) {
      status = try directory.status(of: name)
    } catch {
      if error.code == .notFound { return nil }
      throw SnapshotsError(error, "what stands in its place can't be looked at")
    }
    // Of directories it is told with all below them.
    guard status.type == .directory || !state.options.protectedEntries.contains(status.identity) else {
      throw SnapshotsError(.invalidArgument, "what stands in its place is protected, and was left as it is")
    }
    return status
  }

  /// Restores a directory's metadata, when everything below is complete.
  func finish(_ directory: RestoreDirectory) throws(SnapshotsError) {
    guard let entry = directory.entry else { return }
    if !directory.isNew, state.options.overwrite == .never || state.isOnlyOnTheWay(directory.path) { return }
    var gaps = MetadataGaps()
    if !state.options.isDryRun {
      let open = try directory.opened()
      let status = try SnapshotsError.accessing("the directory can't be looked at") { () throws(FileSystemError) in
        try open.status()
      }
      gaps = state.stamp.apply(
        entry.node, entry.owners, to: open, status: status, isWritten: false,
        isPlain: directory.isNew && !directory.givesAttributes)
      state.stamp.applyFlags(of: entry.node, to: open, &gaps)
    }
    state.count { $0.directories += 1 }
    state.note(directory.isNew ? .created : .unchanged, directory.path)
    if let error = gaps.error { throw error }
  }
}
