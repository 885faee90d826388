import FileSystem
import Format
import Repository

/// Writing what frames hold.
extension RestoreWorker {
  /// Does one share of a file; finishes the file if it was the last.
  func work(on share: RestoreShare) {
    let file = share.file
    var isLast: Bool?
    if state.isStopping { _ = file.fail() }
    if !file.hasFailed {
      do throws(SnapshotsError) {
        let open = try file.open()
        try write(share, to: open)
        let wasLast = file.releaseShare()
        isLast = wasLast
        if wasLast, !file.hasFailed { try finish(file, open) }
      } catch {
        fail(file, error)
      }
    }
    guard isLast ?? file.releaseShare() else { return }
    state.progress.finishFile()
    if file.hasFailed {
      state.attempt(file.entry.path) { () throws(SnapshotsError) in try file.discard() }
    } else {
      state.count { $0.files += 1 }
    }
  }

  private func write(_ share: RestoreShare, to open: borrowing File) throws(SnapshotsError) {
    var written: UInt64 = 0
    for piece in share.pieces {
      let count = UInt64(piece.range.count)
      try write(piece, to: open)
      written += count
    }
    for fill in share.fills { try apply(fill, to: open, isNew: share.file.isNew) }
    state.progress.finish(bytes: written)
    state.count { $0.bytesWritten += written }
  }

  private func write(_ piece: RestorePiece, to open: borrowing File) throws(SnapshotsError) {
    var failure: FileSystemError?
    do throws(RepositoryError) {
      try chunks.withChunk(piece.id, kind: .data, at: piece.place) { (bytes) throws(RepositoryError) -> Void in
        guard bytes.count == piece.range.count else {
          throw RepositoryError(.damaged, "chunk \(piece.id) is not as long as the file that names it says")
        }
        do throws(FileSystemError) {
          try open.write(bytes, at: piece.range.lowerBound)
        } catch {
          failure = error
        }
      }
    } catch {
      throw SnapshotsError(error, "a part of its content can't be read")
    }
    if let failure { throw SnapshotsError(failure, "the file can't be written") }
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

  private func finish(_ file: RestoreFile, _ open: borrowing File) throws(SnapshotsError) {
    do throws(FileSystemError) {
      let size = Int64(clamping: file.node.size)
      if file.mayNeedResize, try open.status().size != size { try open.resize(to: size) }
      // A file that was made by this very call has the status it was opened with.
      try state.stamp.apply(
        file.node, file.entry.owners, to: open, status: open.statusAtOpen,
        isPlain: file.isNew && !file.directory.givesAttributes)
    } catch {
      throw SnapshotsError(error, "its metadata can't be restored")
    }
  }
}
