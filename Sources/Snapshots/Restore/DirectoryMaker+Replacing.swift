import FileSystem

/// Putting what is restored in the place of what stands there.
///
/// Whatever fails before the new is whole leaves the old as it was.
extension DirectoryMaker {
  /// Says that something is to be made in the place of what stands there, and refuses it where that can be told to stay:
  /// before anything is made, and in a dry run too.
  func replacement(
    of existing: FileStatus, called name: FileName, at path: [UInt8], in directory: Directory, byDirectory: Bool = false
  ) throws(SnapshotsError) -> Replacement {
    if let forbidding = directory.forbiddingPath(of: name) {
      throw SnapshotsError(.refused, RestoreState.isForbidding(forbidding))
    }
    let mayGo = try SnapshotsError.accessing("what stands in its place can't be looked at") {
      () throws(FileSystemError) -> Bool in
      if existing.type != .directory { return true }
      if try mayRemoveTree(name, existing, at: path, in: directory) { return true }
      return try directory.openDirectory(name).entries().isEmpty
    }
    guard mayGo else {
      throw SnapshotsError(
        .refused, "\(directory.path.appending(name)) is a directory that isn't empty, and was left as it is")
    }
    return Replacement(of: existing, isDirectory: byDirectory)
  }

  /// Makes something of that name. If it replaces something, `body` makes it under another name first, and if it fails, or what
  /// it made can't be put there, what stands there stays.
  func make(
    _ name: FileName, replacing replacement: Replacement?, at path: [UInt8], in directory: Directory,
    _ body: (FileName) throws(SnapshotsError) -> Void
  ) throws(SnapshotsError) {
    guard let replacement else { return try body(name) }
    do throws(SnapshotsError) {
      try body(replacement.stagedName)
      try install(replacement, as: name, at: path, in: directory)
    } catch {
      // There may be nothing to remove. What failed first is what is told of.
      try? directory.removeTree(replacement.stagedName)
      throw error
    }
  }

  /// Puts what was made, and is whole, in the place of what stands there.
  ///
  /// - Throws: `.refused` if something else stands there by now.
  func install(
    _ replacement: Replacement, as name: FileName, at path: [UInt8], in directory: Directory
  ) throws(SnapshotsError) {
    if let found = try status(of: name, in: directory) {
      guard found.identity == replacement.existing.identity else { throw .replaced(directory.path.appending(name)) }
      if replacement.clearsFirst { try clear(name, found, at: path, in: directory) }
    }
    try SnapshotsError.accessing("what stands in its place can't be replaced") { () throws(FileSystemError) in
      try directory.rename(replacement.stagedName, to: name, in: directory)
    }
  }

  /// Removes what stands in the place of something else. A directory goes only if it is empty, or with all in it.
  private func clear(
    _ name: FileName, _ existing: FileStatus, at path: [UInt8], in directory: Directory
  ) throws(SnapshotsError) {
    try SnapshotsError.accessing("what stands in its place can't be removed") { () throws(FileSystemError) in
      if existing.type != .directory {
        try directory.removeFile(name)
      } else if try mayRemoveTree(name, existing, at: path, in: directory) {
        try directory.removeTree(name)
      } else {
        try directory.removeDirectory(name)
      }
    }
  }

  /// Whether a directory may go with all in it: extras are deleted there, and nothing in it must stay.
  private func mayRemoveTree(
    _ name: FileName, _ existing: FileStatus, at path: [UInt8], in directory: Directory
  ) throws(FileSystemError) -> Bool {
    guard state.deletesExtras(in: path) else { return false }
    return try !ExtraEntry(name: name, status: existing, path: path, directory: directory).mustStay(state.options)
  }
}
