import FileSystem
import Format
import Repository

/// Writing what frames hold.
extension RestoreWorker {
  /// Does one share of a file; finishes the file if it was the last.
  func work(on share: RestoreShare) {
    let file = share.file
    var isLast: Bool?
    if state.isStopping { state.abandon(file) }
    if !file.hasFailed {
      do throws(SnapshotsError) {
        let open = try open(file)
        try write(share, to: open)
        let wasLast = file.releaseShare()
        isLast = wasLast
        if wasLast, !file.hasFailed { try finish(file, open) }
      } catch {
        state.fail(file, error)
      }
    }
    guard isLast ?? file.releaseShare() else { return }
    state.progress.finishFile()
    if file.hasFailed {
      state.attempt(file.entry.path) { () throws(SnapshotsError) in try file.discard() }
    } else {
      state.count { $0.files += 1 }
      state.note(file.action, file.entry.path)
    }
  }

  /// Opens the file for writing. Nobody else gets into a directory that is being made, so what is made there can have its
  /// own mode at once, if that needs no access control list with it; elsewhere nobody gets at it before it is complete.
  func open(_ file: RestoreFile) throws(SnapshotsError) -> File {
    let isGuarded = file.directory.isNew && RestoredRights.accessList(of: file.node) == nil
    let mode = state.stamp.mode(file.node)
    return try file.open(creatingWith: isGuarded ? mode & 0o777 | 0o600 : 0o600, for: mode | 0o600)
  }

  private func write(_ share: RestoreShare, to open: borrowing File) throws(SnapshotsError) {
    var written: UInt64 = 0
    var rest = share.pieces[...]
    while let first = rest.first {
      var end = first.range.upperBound
      let following = rest.dropFirst().prefix { piece in
        guard piece.range.lowerBound == end else { return false }
        end = piece.range.upperBound
        return true
      }
      let run = rest[rest.startIndex..<following.endIndex]
      let count = try write(run, of: share.file, to: open)
      written += run.prefix(count).reduce(0) { $0 + UInt64($1.range.count) }
      rest = rest.dropFirst(count)
    }
    for fill in share.fills where share.file.mayWrite() { try apply(fill, to: open, isNew: share.file.isNew) }
    state.progress.finish(bytes: written)
    state.count { $0.bytesWritten += written }
  }

  /// Writes pieces that follow one another in the file, as many as can be had at once. Tells how many those were.
  private func write(
    _ run: ArraySlice<RestorePiece>, of file: RestoreFile, to open: borrowing File
  ) throws(SnapshotsError) -> Int {
    if let piece = run.first(where: { $0.place.length != $0.range.count }) {
      throw SnapshotsError(.damaged, "chunk \(piece.id) is not as long as the file that names it says")
    }
    guard let offset = run.first?.range.lowerBound else { return 0 }
    var failure: FileSystemError?
    var count = 0
    do throws(RepositoryError) {
      let places = run.lazy.map { (id: $0.id, place: $0.place) }
      count = try chunks.withChunks(places, kind: .data) { (bytes) throws(RepositoryError) -> Void in
        do throws(FileSystemError) {
          if file.mayWrite() { try open.write(bytes, at: offset) }
        } catch {
          failure = error
        }
      }
    } catch {
      throw SnapshotsError(error, "a part of its content can't be read")
    }
    if let failure { throw SnapshotsError(failure, "the file can't be written") }
    return count
  }

  private func apply(_ fill: RestoreFill, to open: borrowing File, isNew: Bool) throws(SnapshotsError) {
    do throws(FileSystemError) {
      if !isNew { try clear(fill.range, of: open) }
      guard !fill.isHole else { return }
      do throws(FileSystemError) {
        try open.allocate(fill.range)
      } catch {
        // Where the file system can't allocate ahead the range reads as zeros all the same.
        if error.code != .notSupported { throw error }
      }
    } catch {
      throw SnapshotsError(error, "the file can't be written")
    }
  }

  private func clear(_ range: Range<Int64>, of open: borrowing File) throws(FileSystemError) {
    do throws(FileSystemError) {
      return try open.punchHole(range)
    } catch {
      if error.code != .notSupported { throw error }
    }
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    var offset = range.lowerBound
    let end = min(range.upperBound, try open.status().size)
    while offset < end {
      let count = Int(min(Int64(zeros.count), end - offset))
      try zeros.withBytes { (zeros) throws(FileSystemError) in
        try open.write(UnsafeRawBufferPointer(rebasing: zeros[..<count]), at: offset)
      }
      offset += Int64(count)
    }
  }

  /// Completes a file. Its content stays, whatever becomes of its metadata.
  private func finish(_ file: RestoreFile, _ open: borrowing File) throws(SnapshotsError) {
    let size = Int64(clamping: file.node.size)
    do throws(FileSystemError) {
      if file.mayNeedResize, try open.status().size != size {
        file.noteChange()
        try open.resize(to: size)
      }
    } catch {
      throw SnapshotsError(error, "the file can't be made as long as it was")
    }
    var gaps = state.stamp.apply(
      file.node, file.entry.owners, to: open, status: open.statusAtOpen, isWritten: file.action != .unchanged,
      isPlain: file.isPlain)
    try file.install(by: maker)
    if file.node.linkCount > 1, state.stamp.forbidsNames(file.node) {
      state.sealLater(file)
    } else {
      state.stamp.applyFlags(of: file.node, to: open, &gaps)
    }
    if let error = gaps.error { state.fail(file.entry.path, error) }
  }
}
