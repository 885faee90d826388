import Backend
import Format

extension Repository {
  /// Runs a repair as a session of its own: it announces itself, and doesn't begin while a prune is unfinished.
  ///
  /// - Throws: `.forbidden` for a write key; `.busy` while a tombstone stands; whatever `body` throws.
  func repairing<Result>(
    by owner: SessionOwner, watch: SessionWatch, isDryRun: Bool,
    _ body: (RepairSession) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    _ = try context.privateKey(to: "repair")
    let session = RepairSession(
      repository: self, id: context.execution.sessionID(), watch: watch, isDryRun: isDryRun)
    if !isDryRun { try context.publish(owner.intent(.repair, id: session.id)) }
    do throws(RepositoryError) {
      try context.requireNoOpenPrune()
      try session.fenceDeadSessions()
      let result = try body(session)
      if !isDryRun { try context.removeIntent(session.id) }
      return result
    } catch {
      // While something may still take effect the intent says so. It costs the next prune a wait, and nothing else.
      if !isDryRun, !error.leavesOutcomeOpen { try? context.removeIntent(session.id) }
      throw error
    }
  }
}

/// One run of a repair.
///
/// Nothing that could be needed is ever deleted: what replaces an object is durable first, and damaged objects are set
/// aside. So it may be cut off anywhere, and is simply run again.
final class RepairSession {
  let repository: Repository
  let id: SnapshotID
  let isDryRun: Bool
  private let watch: SessionWatch
  private let segments: SegmentSequence
  private var gathered = SegmentBuilder()
  /// How many segments were published, or would be.
  private(set) var writtenSegments = 0

  var context: RepositoryContext { repository.context }
  var index: IndexStore { repository.index }

  init(repository: Repository, id: SnapshotID, watch: SessionWatch, isDryRun: Bool) {
    self.repository = repository
    self.watch = watch
    self.id = id
    self.isDryRun = isDryRun
    segments = SegmentSequence(of: id, context: repository.context)
  }

  /// The time.
  var now: Timestamp { watch.now() }

  /// The other sessions that have not ended: their segments, and packs that may be theirs, are not to be touched.
  func runningSessions() throws(RepositoryError) -> Set<SnapshotID> {
    Set(try context.announcedSessions().filter { $0.id != id && !isDead($0) }.map(\.id))
  }

  /// Fences sessions off that have ended without saying so, such as an earlier repair that was cut off.
  fileprivate func fenceDeadSessions() throws(RepositoryError) {
    guard !isDryRun else { return }
    for other in try context.announcedSessions() where other.id != id && isDead(other) {
      _ = try context.fence(other.id, tombstone: 0, now: watch.now())
    }
  }

  private func isDead(_ session: AnnouncedSession) -> Bool { session.intent.map(watch.isDead) ?? true }

  /// The segments that this session publishes, for whoever publishes some as well.
  var sequence: SegmentSequence { segments }

  /// Takes a pack's description into the index, with the next segment.
  ///
  /// - Throws: `.damaged` if it is too large for any.
  func enter(_ pack: PackDescription) throws(RepositoryError) {
    if !gathered.hasRoom(for: pack) {
      try publishGathered()
      guard gathered.hasRoom(for: pack) else { throw .tooLarge(pack.id) }
    }
    gathered.append(pack)
    if gathered.isFull { try publishGathered() }
  }

  /// Makes all that was entered durable.
  func publishGathered() throws(RepositoryError) {
    guard !gathered.isEmpty else { return }
    let segment = gathered.take()
    if !isDryRun { try index.insert(segment, id: try segments.publish(segment)) }
    writtenSegments += 1
  }

  /// Puts new segments in the place of others, without some of their packs.
  func replace(_ replaced: [SegmentID], without packs: Set<PackID>) throws(RepositoryError) {
    guard !replaced.isEmpty else { return }
    var entered = packs
    for id in replaced.sorted() {
      do throws(RepositoryError) {
        for pack in try context.segment(id).packs where entered.insert(pack.id).inserted { try enter(pack) }
      } catch let error where error.code == .missing {
        // Another repair has replaced it.
        continue
      }
    }
    try publishGathered()
    guard !isDryRun else { return }
    try requireNotFenced()
    var names: [ObjectName] = []
    for id in replaced { names.append(try .segment(id)) }
    try RepositoryError.wrapping("index segments that were replaced") { () throws(BackendError) in
      try context.backend.delete(names)
    }
    try context.removeParity(of: names)
    for id in replaced { try index.remove(id) }
  }

  /// Sets a damaged object aside.
  func quarantine(_ name: ObjectName) throws(RepositoryError) {
    guard !isDryRun else { return }
    do throws(BackendError) {
      _ = try context.backend.quarantine(name)
    } catch let error where error.code == .notFound {
      // Another repair has set it aside.
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
    // Whatever comes to the name now has other bytes.
    try context.removeParity(of: [name])
  }

  /// Rebuilds a damaged object from its parity; false if that can't be done.
  func heal(_ name: ObjectName) throws(RepositoryError) -> Bool {
    guard !isDryRun, context.parityRows != nil else { return false }
    do throws(RepositoryError) {
      return try Healer(context: context).heal(name) != .sound
    } catch let error where error.saysDamaged || error.code == .missing || error.isUnsupportedByBackend {
      return false
    }
  }

  /// A prune that has fenced this session off may have decided by what stood in the index before.
  func requireNotFenced() throws(RepositoryError) {
    guard try context.end(of: id) == nil else { throw .fencedOff(id) }
  }
}

extension RepositoryContext {
  /// - Throws: `.busy` if a prune is removing packs, or was cut off while it did.
  func requireNoOpenPrune() throws(RepositoryError) {
    guard try pruneRecords().open != nil else { return }
    throw RepositoryError(
      .busy,
      "a prune is removing packs or was cut off; finish it with \"firn prune\" first (if it refuses because a snapshot is "
        + "not whole, forget that snapshot)")
  }
}

extension RepositoryError {
  /// Whether the storage can't do what was asked of it, on any attempt.
  var isUnsupportedByBackend: Bool { (cause as? BackendError)?.code == .notSupported }

  /// Whether it says that an object is not what it should be, whatever was flipped in it.
  var saysDamaged: Bool { code == .damaged || code == .unsupported }
}
