import Cryptography
import Format

extension Repository {
  /// Makes the index whole again, from the packs themselves.
  ///
  /// Packs that no readable segment names come in; packs that are not there go; segments that can't be read are set aside.
  ///
  /// - Parameter readsAll: every pack is compared with what the index says of it, not only those that it lacks.
  /// - Throws: `.forbidden` for a write key; `.busy` while a prune is unfinished; `.fenced` if a prune took this session
  ///   for dead; `.cancelled`. Whatever it throws, it may be run again.
  public func repairIndex(
    readsAll: Bool = false, isDryRun: Bool = false, by owner: SessionOwner, watch: SessionWatch,
    progress: @escaping @Sendable (CheckProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(RepositoryError) -> IndexRepairReport {
    try repairing(by: owner, watch: watch, isDryRun: isDryRun) { (session) throws(RepositoryError) in
      var repair = IndexRepair(session: session, progress: progress, isCancelled: isCancelled)
      return try repair.run(readsAll: readsAll)
    }
  }
}

/// One repair of the index.
private struct IndexRepair {
  let session: RepairSession
  let progress: @Sendable (CheckProgress) -> Void
  let isCancelled: @Sendable () -> Bool
  private var report = IndexRepairReport()
  /// The packs that each readable segment names.
  private var named: [SegmentID: [PackID]] = [:]
  /// What segments say of each pack, by the hash of its description.
  private var described: [PackID: Digest256] = [:]
  /// Packs that segments describe differently.
  private var disputed: Set<PackID> = []
  private var damaged: [SegmentID: RepositoryError] = [:]
  private var corrected: Set<PackID> = []

  private var context: RepositoryContext { session.context }
  private var index: IndexStore { session.index }

  init(
    session: RepairSession, progress: @escaping @Sendable (CheckProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.session = session
    self.progress = progress
    self.isCancelled = isCancelled
  }

  mutating func run(readsAll: Bool) throws(RepositoryError) -> IndexRepairReport {
    // Packs before segments, so that what a backup adds meanwhile isn't taken for unnamed; sessions last, so that one which
    // has published a segment that was read and has not ended is among them.
    let packs = try context.listPacks()
    report.packs = packs.count
    try readSegments()
    let running = try session.runningSessions()
    let missing = try findMissing(packs)
    try enterPacks(packs, readsAll: readsAll)
    report.missingPacks = missing.sorted()
    let outdated = named.filter { _, names in !missing.union(corrected).isDisjoint(with: names) }.keys.sorted()
    for id in outdated where running.contains(id.session) {
      report.leftAlone.append(
        RepairProblem("index/\(id)", "it names packs that are missing, and its session has not ended"))
    }
    report.replacedSegments = outdated.filter { !running.contains($0.session) }
    try session.publishGathered()
    try session.replace(report.replacedSegments, without: missing.union(corrected))
    try setDamagedAside(running)
    report.writtenSegments = session.writtenSegments
    try refreshCache()
    return report
  }

  private mutating func readSegments() throws(RepositoryError) {
    let listed = try context.listSegments()
    report.segments = listed.count
    for (done, id) in listed.sorted().enumerated() {
      try throwIfCancelled()
      do throws(RepositoryError) {
        let segment = try segment(id)
        // An empty one keeps a session's next name taken, for ever.
        if !segment.packs.isEmpty { named[id] = segment.packs.map(\.id) }
        for pack in segment.packs {
          let hash = pack.encodedHash
          if described.updateValue(hash, forKey: pack.id) ?? hash != hash { disputed.insert(pack.id) }
        }
      } catch let error where error.code == .missing {
        continue
      } catch let error where error.saysDamaged {
        damaged[id] = error
      }
      progress(CheckProgress(phase: .index, done: UInt64(done + 1), total: UInt64(listed.count)))
    }
  }

  private mutating func segment(_ id: SegmentID) throws(RepositoryError) -> IndexSegment {
    do throws(RepositoryError) {
      return try context.segment(id)
    } catch let error where error.saysDamaged {
      guard try session.heal(.segment(id)) else { throw error }
      report.healedSegments.append(RepairProblem("index/\(id)", "\(error)"))
      return try context.segment(id)
    }
  }

  /// The packs that segments name and that are not there.
  private func findMissing(_ packs: [ListedPack]) throws(RepositoryError) -> Set<PackID> {
    var missing: Set<PackID> = []
    // Those that are not in the list may have been published since.
    for id in Set(described.keys).subtracting(packs.map(\.id)).sorted() where try context.listedPack(id) == nil {
      missing.insert(id)
    }
    return missing
  }

  /// Enters packs that the index lacks or describes wrongly.
  private mutating func enterPacks(_ packs: [ListedPack], readsAll: Bool) throws(RepositoryError) {
    let wanted = packs.filter { readsAll || described[$0.id] == nil || disputed.contains($0.id) }
    for (done, pack) in wanted.enumerated() {
      try throwIfCancelled()
      let known = described[pack.id]
      do throws(RepositoryError) {
        let found = try context.describe(pack)
        if known == nil {
          try session.enter(found)
          report.enteredPacks.append(pack.id)
        } else if disputed.contains(pack.id) || found.encodedHash != known {
          try session.enter(found)
          corrected.insert(pack.id)
          report.correctedPacks.append(pack.id)
        }
      } catch let error where error.code == .missing {
        continue
      } catch let error where error.saysDamaged {
        report.unreadablePacks.append(RepairProblem("packs/\(pack.id)", "\(error); run repair packs"))
        // This client may know what a damaged segment said; without it nothing in the pack could be found any more.
        if known == nil, let cached = try index.description(of: pack.id) {
          report.enteredPacks.append(pack.id)
          try session.enter(cached)
        }
      }
      progress(CheckProgress(phase: .index, done: UInt64(done + 1), total: UInt64(wanted.count)))
    }
  }

  /// Sets the segments aside that can't be read, now that all is entered that they may have named.
  private mutating func setDamagedAside(_ running: Set<SnapshotID>) throws(RepositoryError) {
    for (id, error) in damaged.sorted(by: { $0.key < $1.key }) {
      guard !running.contains(id.session) else {
        report.leftAlone.append(RepairProblem("index/\(id)", "\(error); its session has not ended"))
        continue
      }
      report.damagedSegments.append(RepairProblem("index/\(id)", "\(error)"))
      guard !session.isDryRun else { continue }
      try session.requireNotFenced()
      if try isFenced(id.session) {
        // It may be what keeps that session fenced off, should it still run: the name stays taken.
        try context.replace(damaged: .segment(id), by: .indexSegment, body: IndexSegment().encode())
      } else {
        try session.quarantine(try .segment(id))
      }
      try index.remove(id)
    }
  }

  private func isFenced(_ session: SnapshotID) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      return try context.end(of: session) == .fenced
    } catch let error where error.saysDamaged {
      return true
    }
  }

  private func refreshCache() throws(RepositoryError) {
    guard !session.isDryRun, report.leftAlone.isEmpty else { return }
    // Descriptions that were wrong stay in the cache as long as any segment names their packs.
    if !corrected.isEmpty { try index.clear() }
    try index.refresh(from: context)
  }

  private func throwIfCancelled() throws(RepositoryError) {
    if isCancelled() { throw RepositoryError(.cancelled, "the repair was interrupted") }
  }
}
