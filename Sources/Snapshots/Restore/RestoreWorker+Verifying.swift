import FileSystem
import Format

/// Reading restored files again.
extension RestoreWorker {
  /// Compares a part of a file with the snapshot.
  func verify(_ part: RestorePart) {
    let file = part.file
    if file.hasFailed || state.isStopping { return }
    if case .leave = file.decision { return }
    do throws(SnapshotsError) {
      let open = try file.openForReading()
      try part.forEachItem { (item, range) throws(SnapshotsError) in
        guard try holds(open, item, range) else {
          throw SnapshotsError(
            .damaged, "bytes \(range.lowerBound) to \(range.upperBound) differ from the snapshot when read again")
        }
      }
      guard part.isLast else { return }
      guard UInt64(open.statusAtOpen.size) == file.node.size else {
        throw SnapshotsError(.damaged, "its length differs from the snapshot when read again")
      }
      state.count { $0.verified += 1 }
    } catch {
      state.fail(file.entry.path, error)
    }
  }
}
