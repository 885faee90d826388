import Backend
public import Format

extension Repository {
  /// Publishes the session's snapshot, which was made from another one; then removes that one if it is to go, and the
  /// intent last. So at every moment one of the two is there.
  ///
  /// - Parameters:
  ///   - old: the snapshot that it was made from. It must have been found in the repository after the session began.
  ///   - removesOld: whether the new snapshot takes its place.
  /// - Throws: `.fenced` if a prune has put an abort record in the snapshot's place: start again. Any other error after
  ///   the snapshot was published says that both are there.
  public func commit(
    _ snapshot: Snapshot, of session: WriteSession, madeFrom old: SnapshotID, removesOld: Bool
  ) throws(RepositoryError) {
    try publish(snapshot, of: session)
    // Nothing but the new directories was looked up or stored, so no more is known of the new one than of the old one.
    if (try? session.isComplete(old)) == true { try? index.markComplete(snapshot.id, asOf: session.removals) }
    try? trees.flush()
    guard removesOld else {
      try? abandon(session)
      return
    }
    do throws(RepositoryError) {
      try end(session, removing: old)
    } catch {
      throw RepositoryError(
        error.code, "snapshot \(snapshot.id) was made of \(old), which could not be removed; run the command again",
        cause: error)
    }
  }

  /// Ends a session without a snapshot of its own by removing one whose place another has taken before.
  public func end(_ session: WriteSession, removing old: SnapshotID) throws(RepositoryError) {
    defer { try? abandon(session) }
    try RepositoryError.wrapping("snapshot \(old)") { () throws(BackendError) in
      try context.backend.delete(ObjectName(.snapshots, old.hex))
    }
  }
}
