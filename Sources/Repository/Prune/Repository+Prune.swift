import Backend
import Format

extension Repository {
  /// Removes what no snapshot needs, while backups, restores and checks go on: the protocol is in ARCHITECTURE.md.
  ///
  /// Cut off at any point it leaves a repository that is whole; the next prune finishes what was begun. What can't be
  /// finished because backups are running waits for the next prune, and the report says so.
  ///
  /// - Throws: `.forbidden` for a write key; `.busy` if another prune is running; `.missing` or `.damaged` if a snapshot is
  ///   not whole, before anything is removed; `.fenced` if another prune took over; `.cancelled`.
  public func prune(
    _ options: PruneOptions, by owner: SessionOwner, watch: SessionWatch,
    progress: @escaping @Sendable (PruneProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(RepositoryError) -> PruneReport {
    _ = try context.privateKey(to: "prune")
    let prune = Prune(
      repository: self, session: context.execution.sessionID(), owner: owner, options: options, watch: watch,
      progress: progress, isCancelled: isCancelled)
    guard !options.isDryRun else { return try prune.rehearse() }
    try prune.makeRoom()
    do throws(RepositoryError) {
      try context.publish(owner.intent(.prune, id: prune.session))
      try prune.run()
      try context.removeIntent(prune.session)
    } catch {
      // While something may still take effect the intent says so. It costs the next prune a wait, and nothing else.
      if !error.leavesOutcomeOpen { try? context.removeIntent(prune.session) }
      // Another prune that is at work may need the room, and sets the reserve aside at its end.
      if error.code != .busy, error.code != .fenced { try? prune.keepReserve() }
      throw error
    }
    // After the intent is gone: on a disk that is full it is what keeps the reserve from fitting.
    try prune.keepReserve()
    return prune.report
  }
}

/// One run of a prune.
final class Prune {
  let repository: Repository
  let context: RepositoryContext
  let index: IndexStore
  /// As what this prune has announced itself.
  private(set) var session: SnapshotID
  let owner: SessionOwner
  let options: PruneOptions
  let watch: SessionWatch
  let progress: @Sendable (PruneProgress) -> Void
  let isCancelled: @Sendable () -> Bool
  private(set) var segments: SegmentSequence
  /// What packs could not be written for, the last time.
  var fullDisk: RepositoryError?
  var report = PruneReport()
  /// Sessions that had not ended after the packs had been listed.
  var running: Set<SnapshotID> = []
  /// Sessions that were fenced off and may be running nevertheless: they start again and want to find what they stored.
  var startingAgain: Set<SnapshotID> = []
  /// Snapshots and abort records that were read in this run. What is removed is decided by what stands in the repository: a
  /// cache has no checksums.
  var knownSnapshots: [String: SnapshotRecord] = [:]
  /// Packs that say of themselves what the index says of them.
  var compared: Set<PackID> = []

  init(
    repository: Repository, session: SnapshotID, owner: SessionOwner, options: PruneOptions, watch: SessionWatch,
    progress: @escaping @Sendable (PruneProgress) -> Void, isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.repository = repository
    context = repository.context
    index = repository.index
    self.session = session
    self.owner = owner
    self.options = options
    self.watch = watch
    self.progress = progress
    self.isCancelled = isCancelled
    segments = SegmentSequence(of: session, context: repository.context)
  }

  /// The whole of it.
  func run() throws(RepositoryError) {
    try yieldToOtherPrunes()
    try fenceDeadSessions()
    try removeStagedUploads()
    var records = try context.pruneRecords()
    for name in records.planted {
      try setAside(name)
      report.warn(.damaged, "\(name) is not a record that a prune can have made, and was set aside")
    }
    // Several stand where one was published late: by a prune that had been fenced off, or by a call that was taken for failed.
    while let open = records.open {
      guard try finish(open, marks: nil) else { return }
      try renewSession()
      records = try context.pruneRecords()
    }
    try delete(records.void)
    while try removeUnneeded(number: records.next) {
      try renewSession()
      records = try context.pruneRecords()
    }
    try removeOrphanedParity()
  }

  /// Goes on as another session, if this one has published segments.
  ///
  /// They may name packs that are condemned next, and so be replaced in their turn; but by those that stand of a session whoever
  /// fences it off tells which name it would claim next.
  private func renewSession() throws(RepositoryError) {
    guard segments.hasPublished else { return }
    let ended = session
    let next = context.execution.sessionID()
    try context.publish(owner.intent(.prune, id: next))
    session = next
    segments = SegmentSequence(of: next, context: context)
    // Whoever has fenced the last one off does what is left.
    guard try context.end(of: ended) == nil else { throw .pruneTookOver }
    try context.removeIntent(ended)
    try yieldToOtherPrunes()
  }

  /// Removes what isn't needed, as far as there is room to write the rest of the packs again.
  ///
  /// - Returns: whether there is more to remove, for which this has made room.
  private func removeUnneeded(number: UInt64) throws(RepositoryError) -> Bool {
    let freed = report.freedBytes
    let (marks, packs) = try mark()
    let plan = try repack(spareMisdescribed(plan(packs, marks)), marks)
    let orphans = try orphans(among: packs, besides: marks)
    let condemned = plan.dead.map(\.id) + plan.repacked.map(\.id) + orphans
    if !condemned.isEmpty, try !remove(condemned, number: number, marks) { return false }
    guard plan.lacksRoom else { return false }
    if report.freedBytes > freed { return true }
    report.warn(
      .noSpace,
      "there is too little room to write again what is needed of some packs, so \(report.unusedBytes) bytes stay unused: run prune "
        + "once more when there is space" + (fullDisk.map { ": \($0)" } ?? ""))
    return false
  }

  /// What a prune would do now.
  func rehearse() throws(RepositoryError) -> PruneReport {
    let (marks, packs) = try mark()
    let plan = try plan(packs, marks)
    note(plan)
    _ = try orphans(among: packs, besides: marks)
    report.expectedBytes = report.dead.bytes + report.orphans.bytes + plan.reclaimedBytes
    return report
  }

  /// Announces the packs, and removes them once nobody can refer to them any more; false if sessions have to be waited for.
  private func remove(_ condemned: [PackID], number: UInt64, _ marks: LiveChunks) throws(RepositoryError) -> Bool {
    // What doesn't fit into one record is left to the next prune.
    let packs = condemned.prefix(Tombstone.packLimit).sorted()
    guard try context.publish(tombstone: Tombstone(number: number, time: watch.now(), packs: packs)) else {
      throw .pruneTookOver
    }
    // Fenced off: the number may have been taken and given free since it was chosen. The tombstone stays, for another
    // prune may be at work on it already; whoever comes next finishes it, or finds it void.
    guard try context.end(of: session) == nil else { throw .pruneTookOver }
    marks.condemn(Set(packs))
    return try finish(number, marks: marks)
  }

  func delete(_ names: [ObjectName]) throws(RepositoryError) {
    guard !names.isEmpty else { return }
    try RepositoryError.wrapping("what a prune removes") { () throws(BackendError) in
      try context.backend.delete(names)
    }
    try context.removeParity(of: names)
  }

  /// Puts an object that is not what its name says into quarantine.
  func setAside(_ name: ObjectName) throws(RepositoryError) {
    do throws(BackendError) {
      _ = try context.backend.quarantine(name)
    } catch let error where error.code == .notFound {
      // Another prune has done so.
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
  }

  func throwIfCancelled() throws(RepositoryError) {
    if isCancelled() { throw RepositoryError(.cancelled, "the prune was interrupted") }
  }
}

extension PackSet {
  /// So many packs fit into a record.
  static let packLimit = 500_000
}

extension RepositoryError {
  static var pruneTookOver: RepositoryError {
    RepositoryError(.fenced, "another prune took over; nothing is lost, and it does what was left")
  }
}
