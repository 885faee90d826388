import FileSystem
import Format
import Repository

/// Deciding what to do with a file, and which pieces of it are needed.
extension RestoreWorker {
  /// Prepares a part: afterwards its pieces and fills say what is to be written.
  func prepare(_ part: RestorePart) {
    let file = part.file
    if state.isStopping { state.abandon(file) }
    if file.hasFailed { return }
    do throws(SnapshotsError) {
      if part.isFirst { file.decision = try decide(file) }
      switch file.decision {
      case .create: try prepareNew(part)
      case .update(let existing, let comparesContent):
        if comparesContent { try prepareUpdate(part, existing) }
      case .undecided, .keep, .leave: break
      }
    } catch {
      state.fail(file, error)
    }
    if file.hasFailed { part.pieces = [] }
    if !part.pieces.isEmpty || !part.fills.isEmpty { file.noteChange() }
  }

  private func decide(_ file: RestoreFile) throws(SnapshotsError) -> RestoreFile.Decision {
    guard !file.directory.isNew, let directory = file.directory.handle,
      let existing = try maker.status(of: file.name, in: directory)
    else { return .create(replacing: nil) }
    let node = file.node
    if state.options.overwrite == .never { return .leave }
    guard existing.type == .regular else {
      return .create(replacing: try replacement(of: existing, by: file, in: directory))
    }
    let modified = Format.Timestamp(existing.modified)
    if state.options.overwrite == .ifNewer, modified >= node.mtime { return .leave }
    let isUnchanged =
      state.options.overwrite == .ifChanged && UInt64(existing.size) == node.size && modified == node.mtime
    let hasMetadata = isUnchanged ? try matches(file, in: directory) : false
    // What has other names is never changed, since those may lie anywhere: it is right, or it is replaced.
    let hasRightNames = existing.linkCount == 1 || node.linkCount > 1
    if hasMetadata, hasRightNames { return .keep }
    let isWritable = isWritable(file, in: directory)
    guard isWritable, existing.linkCount == 1 else {
      // What can't be written to may be such as can't be replaced either.
      if !isWritable, hasRightNames, try isSame(file, existing, in: directory) { return .keep }
      return .create(replacing: try replacement(of: existing, by: file, in: directory))
    }
    // Its metadata is not what it should be.
    if isUnchanged { file.noteChange() }
    return .update(existing: existing, comparesContent: !isUnchanged)
  }

  private func replacement(
    of existing: FileStatus, by file: RestoreFile, in directory: Directory
  ) throws(SnapshotsError) -> Replacement {
    try maker.replacement(of: existing, called: file.name, at: file.entry.path, in: directory)
  }

  private func matches(_ file: RestoreFile, in directory: Directory) throws(SnapshotsError) -> Bool {
    do throws(FileSystemError) {
      let open = try directory.openFile(file.name)
      return try state.stamp.matches(file.node, file.entry.owners, open.statusAtOpen) { () throws(FileSystemError) in
        try open.extendedAttributes()
      }
    } catch {
      if error.code == .permissionDenied { return false }
      throw SnapshotsError(error, "the existing file can't be looked at")
    }
  }

  /// Whether a file is as the snapshot has it, to the last byte.
  private func isSame(
    _ file: RestoreFile, _ existing: FileStatus, in directory: Directory
  ) throws(SnapshotsError) -> Bool {
    guard UInt64(existing.size) == file.node.size, Format.Timestamp(existing.modified) == file.node.mtime,
      case .file(let items) = file.node.content, try matches(file, in: directory)
    else { return false }
    let open = try file.openForReading()
    var content = ContentCursor(items: items)
    while true {
      let start = content.offset
      let item = try SnapshotsError.reading("its content can't be read") { () throws(RepositoryError) in
        try content.next(reading: chunks)
      }
      guard let item else { return true }
      if try !holds(open, item, try RestorePart.range(of: item, at: start)) { return false }
    }
  }

  /// Whether a file can be changed in place: not a running program, one that isn't writable for this user, or immutable.
  private func isWritable(_ file: RestoreFile, in directory: Directory) -> Bool {
    do throws(FileSystemError) {
      _ = try directory.openFile(file.name, for: .readWrite)
      return true
    } catch {
      return false
    }
  }

  private func prepareNew(_ part: RestorePart) throws(SnapshotsError) {
    let isSparse = state.options.isSparse
    let isDryRun = state.options.isDryRun
    try part.forEachItem { (item, range) throws(SnapshotsError) in
      switch item {
      case .chunk(let id, _): try need(id, range, part, isDryRun: isDryRun)
      case .zeros: if !isSparse { part.fills.append(RestoreFill(range: range, isHole: false)) }
      case .hole, .list: break
      }
    }
    // Written pieces extend a new file; what comes after the last one doesn't.
    if case .chunk = part.items.last { part.file.mayNeedResize = false } else { part.file.mayNeedResize = true }
  }

  private func prepareUpdate(_ part: RestorePart, _ existing: FileStatus) throws(SnapshotsError) {
    let isDryRun = state.options.isDryRun
    let file = isDryRun ? try part.file.openForReading() : try open(part.file)
    part.file.mayNeedResize = true
    if UInt64(existing.size) > part.file.node.size { part.file.noteChange() }
    let isSparse = state.options.isSparse
    try part.forEachItem { (item, range) throws(SnapshotsError) in
      switch item {
      case .chunk(let id, _):
        if try holds(file, id, range) {
          state.progress.finish(bytes: UInt64(range.count))
        } else {
          try need(id, range, part, isDryRun: isDryRun)
        }
      case .hole, .zeros:
        let isHole = if case .hole = item { true } else { isSparse }
        let next = try nextData(of: file, from: range.lowerBound)
        let isAllHole = next.map { $0.lowerBound >= range.upperBound } ?? true
        if !isHole || !isAllHole { part.fills.append(RestoreFill(range: range, isHole: isHole)) }
      case .list: break
      }
    }
  }

  private func need(
    _ id: ChunkID, _ range: Range<Int64>, _ part: RestorePart, isDryRun: Bool
  ) throws(SnapshotsError) {
    if isDryRun {
      part.file.noteChange()
      return state.count { $0.bytesWritten += UInt64(range.count) }
    }
    let place = try SnapshotsError.reading("a part of its content can't be found") { () throws(RepositoryError) in
      try chunks.place(of: id, kind: .data)
    }
    part.pieces.append(RestorePiece(id: id, place: place, range: range))
  }
}
