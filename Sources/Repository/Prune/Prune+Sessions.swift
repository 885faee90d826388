import Format

extension Prune {
  /// How long a prune that began at the same moment has to find this one and to leave.
  private static let courtesy = Duration.seconds(5)
  private static let pollInterval = Duration.seconds(1)

  /// Only one prune does the work at a time. Safety does not depend on it; it would be done twice.
  ///
  /// - Throws: `.busy` if another is running.
  func yieldToOtherPrunes() throws(RepositoryError) {
    var waited = Duration.zero
    while true {
      let others = try context.announcedSessions().filter { other in
        other.id != session && other.intent?.task == .prune && !mayBeFenced(other)
      }
      guard let first = others.first, let intent = first.intent else { return }
      let isOlder = others.contains { other in
        other.intent.map { ($0.time, $0.id) < (owner.time, session) } ?? false
      }
      guard !isOlder, waited < Self.courtesy else {
        throw RepositoryError(
          .busy,
          "a prune by \(intent.user) on \(intent.host), process \(intent.process), is running, or was cut off; --fence-after 0 "
            + "takes over from it")
      }
      watch.pause(Self.pollInterval)
      waited += Self.pollInterval
    }
  }

  /// Fences off sessions that have ended without saying so, so that what they left can go.
  func fenceDeadSessions() throws(RepositoryError) {
    for other in try context.announcedSessions() where other.id != session && mayBeFenced(other) {
      try fence(other, tombstone: 0)
    }
  }

  /// Whether every session that may refer to the tombstone's packs has ended, or been fenced off.
  ///
  /// Only sessions that stand now count: whichever comes later sees the tombstone.
  func resolveSessions(_ tombstone: UInt64) throws(RepositoryError) -> Bool {
    var standing = try context.announcedSessions().filter { $0.id != session }
    let total = UInt64(standing.count)
    var waited = Duration.zero
    while true {
      var running: [AnnouncedSession] = []
      let announced = Set(try context.sessionIDs())
      for other in standing where announced.contains(other.id) {
        switch try context.end(of: other.id) {
        case .committed: continue
        // Whoever began to fence it off was cut off.
        case .fenced: try fence(other, tombstone: tombstone)
        case nil where mayBeFenced(other): try fence(other, tombstone: tombstone)
        case nil: running.append(other)
        }
      }
      standing = running
      guard !standing.isEmpty else { return true }
      guard waited < options.patience else {
        report.waitingFor = standing
        return false
      }
      try throwIfCancelled()
      progress(PruneProgress(phase: .waiting, done: total - UInt64(standing.count), total: total))
      watch.pause(Self.pollInterval)
      waited += Self.pollInterval
    }
  }

  private func fence(_ other: AnnouncedSession, tombstone: UInt64) throws(RepositoryError) {
    guard try context.fence(other.id, tombstone: tombstone, now: watch.now()) == .fenced else { return }
    report.fenced.append(other)
    if let intent = other.intent, !watch.isDead(intent) { startingAgain.insert(other.id) }
  }

  private func mayBeFenced(_ other: AnnouncedSession) -> Bool {
    guard let intent = other.intent else { return true }
    // A session that says it begins in the future has no age, and must not be out of reach for that.
    let age = max(0, watch.now().seconds - intent.time.seconds)
    return watch.isDead(intent) || age >= options.fencingAge.components.seconds
  }
}
