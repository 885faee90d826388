import FileSystem
import Format

/// Other names of what was restored before.
extension RestoreWorker {
  /// Makes another name of an entry. False if that entry isn't as the snapshot has it, so that this name needs one of
  /// its own.
  func link(_ link: RestoreLink) -> Bool {
    guard link.original.isRestored else { return false }
    state.attempt(link.entry.path) { () throws(SnapshotsError) in try linkThrowing(link) }
    return true
  }

  /// Gives a file with several names, all of which are there, the flags that forbid to give it another one.
  func seal(_ file: RestoreFile) {
    state.attempt(file.entry.path) { () throws(SnapshotsError) in
      let open = try file.openForReading()
      var gaps = MetadataGaps()
      state.stamp.applyFlags(of: file.node, to: open, &gaps)
      if let error = gaps.error { throw error }
    }
  }

  private func linkThrowing(_ link: RestoreLink) throws(SnapshotsError) {
    let original = link.original
    let node = link.entry.node
    var replacement: Replacement?
    if !link.directory.isNew, let directory = link.directory.handle,
      let existing = try maker.status(of: link.name, in: directory)
    {
      if try isSame(existing, as: original) || state.leaves(existing, for: node) {
        state.note(.unchanged, link.entry.path)
        return state.count { $0.skipped += 1 }
      }
      replacement = try maker.replacement(of: existing, called: link.name, at: link.entry.path, in: directory)
    }
    if !state.options.isDryRun {
      guard let directory = link.directory.handle else { return }
      let source = try original.directory.opened()
      try maker.make(link.name, replacing: replacement, at: link.entry.path, in: directory) {
        (name) throws(SnapshotsError) in
        try SnapshotsError.accessing("the hard link can't be made") { () throws(FileSystemError) in
          try directory.link(original.name, in: source, as: name)
        }
      }
    }
    state.note(.created, link.entry.path)
    state.count { if node.type == .file { $0.files += 1 } else { $0.others += 1 } }
  }

  private func isSame(_ existing: FileStatus, as original: any RestoreOriginal) throws(SnapshotsError) -> Bool {
    // What was made just now has no name that existed before. In a dry run it may not even have a directory.
    if original.isNew { return false }
    let source = try maker.status(of: original.name, in: original.directory.opened())
    return source?.identity == existing.identity
  }
}
