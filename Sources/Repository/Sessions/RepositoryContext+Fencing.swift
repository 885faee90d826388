import Backend
import Format

/// How a session that was announced has ended.
enum SessionEnd {
  /// Its snapshot is published; it stores nothing any more.
  case committed
  /// It can publish neither a snapshot nor a segment any more, however late it tries.
  case fenced
}

extension RepositoryContext {
  /// Whether a session has published its snapshot, or was fenced off; nil if neither.
  func end(of session: SnapshotID) throws(RepositoryError) -> SessionEnd? {
    do throws(RepositoryError) {
      return try snapshotRecord(.snapshot(session)).kind == .snapshot ? .committed : .fenced
    } catch let error where error.code == .missing {
      return nil
    }
  }

  /// Fences a session off, unless it has committed, and removes its intent. What it published stays.
  ///
  /// Both names that it could claim next are taken: that of its snapshot and that of its next segment. Either stays taken
  /// for ever, so it does no harm to be wrong about the session's death.
  func fence(_ session: SnapshotID, tombstone: UInt64, now: Timestamp) throws(RepositoryError) -> SessionEnd {
    let record = AbortRecord(id: session, time: now, tombstone: tombstone)
    let body = try RepositoryError.wrapping("abort record \(session)") { () throws(FormatError) in
      try record.encode()
    }
    let isClaimed = try publish(.abort, in: .snapshots, as: session.hex, body: body, "abort record \(session)")
    // What had the name and has gone since was a snapshot that was forgotten: abort records stay.
    let end: SessionEnd = isClaimed ? .fenced : try self.end(of: session) ?? .committed
    if end == .fenced { try takeNextSegment(of: session) }
    try removeIntent(session)
    return end
  }

  private func takeNextSegment(of session: SnapshotID) throws(RepositoryError) {
    // The lowest that is free: what lies above a gap the session has not published, whose segments stand from the first to the
    // last as long as it runs.
    let taken = Set(try listSegments().filter { $0.session == session }.map(\.number))
    var number: UInt32 = 1
    while taken.contains(number) { number += 1 }
    // Taken since they were listed are the names of segments that the session has published meanwhile.
    while try !publish(IndexSegment(), as: SegmentID(session: session, number: number)) { number += 1 }
  }
}
