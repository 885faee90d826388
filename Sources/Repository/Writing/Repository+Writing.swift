import Backend
import Cryptography
public import Format

extension Repository {
  /// Begins a backup: publishes the intent, then lists tombstones, then segments and snapshots, then brings the index up to
  /// date. The order is the protocol's; a prune that starts later sees the intent.
  ///
  /// - Parameters:
  ///   - adopted: packs that an earlier session made durable and could not enter into the index.
  ///   - isRehearsal: nothing is stored, the intent included; the counters say what would be.
  public func beginWriting(
    _ task: Intent.Task = .backup, by owner: SessionOwner, adopting adopted: [PackDescription] = [],
    compression: CompressionLevel = .default, isRehearsal: Bool = false
  ) throws(RepositoryError) -> WriteSession {
    let id = context.execution.sessionID()
    if !isRehearsal { try context.publish(owner.intent(task, id: id)) }
    do throws(RepositoryError) {
      let upload = try RepositoryError.wrapping("snapshot \(id)") { () throws(BackendError) in
        isRehearsal ? nil : try context.backend.beginUpload(to: .snapshots)
      }
      let known = try index.segments()
      let listings = try RepositoryError.wrapping("the lists of records") { () throws(BackendError) in
        try context.backend.list([.tombstones, .index, .snapshots])
      }
      let condemned = try context.condemnedPacks(listings[0])
      let segments = condemned.haveGone ? nil : SegmentListing(listings[1].objects)
      try index.beginEpoch()
      try index.refresh(from: context, listing: segments, known: known)
      let session = try WriteSession(
        context: context, index: index, snapshotID: id, condemned: condemned.packs, compression: compression,
        isRehearsal: isRehearsal, snapshotListing: listings[2].withoutStrayNames, snapshotUpload: upload)
      if !isRehearsal { try session.adopt(adopted) }
      return session
    } catch {
      // While something may still take effect the intent says so. It costs the next prune a wait, and nothing else.
      if !isRehearsal, !error.leavesOutcomeOpen { try? context.removeIntent(id) }
      throw error
    }
  }

  /// Publishes the session's snapshot, then removes its intent. When it returns, the snapshot is durable.
  ///
  /// - Throws: `.fenced` if a prune has put an abort record in its place: the backup must start again.
  public func commit(_ snapshot: Snapshot, of session: WriteSession) throws(RepositoryError) {
    try publish(snapshot, of: session)
    // The snapshot is taken. What fails from here on costs time later, and must not make it seem to have failed: the
    // next backup looks more up, or a prune waits for the intent.
    try? index.markComplete(snapshot.id, asOf: session.removals)
    try? trees.flush()
    try? abandon(session)
  }

  /// Makes the session's snapshot durable; its intent stays.
  func publish(_ snapshot: Snapshot, of session: WriteSession) throws(RepositoryError) {
    precondition(snapshot.id == session.snapshotID, "a session has one snapshot")
    precondition(!session.isRehearsal, "a rehearsal has no snapshot")
    precondition(session.isFinished, "a snapshot is published after everything it refers to")
    let name = snapshot.id.hex
    let body = try RepositoryError.wrapping("snapshot \(name)") { () throws(FormatError) in try snapshot.encode() }
    let objectName = try RepositoryError.wrapping("snapshot \(name)") { () throws(BackendError) in
      try ObjectName(.snapshots, name)
    }
    guard
      let object = try context.put(
        .snapshot, objectName, body: body, "snapshot \(name)", into: session.takeSnapshotUpload())
    else { throw .fencedOff(snapshot.id) }
    // For the next backup, which reads it otherwise.
    let record = SnapshotRecord(
      kind: .snapshot, length: UInt64(object.count), hash: object.withUnsafeBytes { SHA256Hasher.hash($0) }, body: body)
    try? SnapshotCache(cache: cache).update(removing: [], adding: [name: record])
    do throws(RepositoryError) {
      try context.publishParity(of: objectName, object)
    } catch {
      throw RepositoryError(
        error.code, "snapshot \(name) is saved, but its parity could not be stored; check --repair makes it",
        cause: error)
    }
  }

  /// Ends a session and removes its intent: it will publish no snapshot any more.
  ///
  /// - Parameter error: what it failed with, if it did. While something that it asked of the storage may still take effect,
  ///   the intent stays for the next prune.
  public func abandon(_ session: WriteSession, after error: (any Error)? = nil) throws(RepositoryError) {
    // Without an intent nobody may publish packs or segments: a prune would take the packs for rubbish, and the segment
    // that is published next would name packs that are gone.
    session.join()
    if let error = error as? RepositoryError, error.leavesOutcomeOpen { return }
    if session.leavesOutcomeOpen { return }
    if !session.isRehearsal { try context.removeIntent(session.snapshotID) }
  }
}
