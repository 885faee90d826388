import Backend
import Format

extension Prune {
  /// Marks what all snapshots need, over the packs that stand in the repository.
  ///
  /// The packs are listed before the sessions, those before the snapshots, and the index is brought up to date last. So all
  /// that a listed snapshot needs is in the index, and of the packs that are decided about each is needed by a listed
  /// snapshot, belongs to a listed session, or is that of a session which has ended. What comes later waits for the next prune.
  func mark(condemned: Set<PackID> = []) throws(RepositoryError) -> (LiveChunks, [ListedPack]) {
    while true {
      let packs = try context.listPacks()
      running = Set(try context.sessionIDs()).subtracting([session])
      let snapshots = try listSnapshots()
      try repository.refreshIndex()
      // Looked at once: of what comes into the index from here on it is known that it stands.
      let named = try index.packNumbers()
      let marks = try LiveChunks(
        named: named, packs: packs + laterPacks(than: packs, among: named.map(\.id)), condemned: condemned,
        context: context, index: index, trees: repository.trees)
      if try mark(snapshots, in: marks) { return (marks, packs) }
    }
  }

  /// Packs that the index names and that have come since the others were listed.
  private func laterPacks(than packs: [ListedPack], among named: [PackID]) throws(RepositoryError) -> [ListedPack] {
    let listed = Set(packs.map(\.id))
    var later: [ListedPack] = []
    for id in named where !listed.contains(id) {
      if let pack = try context.listedPack(id) { later.append(pack) }
    }
    return later
  }

  /// Marks what snapshots need that were not marked yet: of those that are listed now, in an index that is read later.
  ///
  /// - Returns: whether the marks are good, as ``mark(_:in:)``.
  func markAgain(_ marks: LiveChunks) throws(RepositoryError) -> Bool {
    let snapshots = try listSnapshots()
    try repository.refreshIndex()
    return try mark(snapshots, in: marks)
  }

  private func listSnapshots() throws(RepositoryError) -> [Snapshot] {
    let listing = try repository.snapshots(known: &knownSnapshots)
    if let (name, error) = listing.damaged.first {
      throw RepositoryError(
        .damaged,
        "nothing is removed, since what snapshot \(name) needs is not known (check --repair may heal it, repair snapshots "
          + "--forget sets it aside)", cause: error)
    }
    try WithheldSnapshots(context: context, cache: repository.cache).refuse(known: knownSnapshots)
    return listing.snapshots.filter { options.rehearsal?.contains($0.id) != true }
  }

  /// - Returns: false if one of the snapshots was forgotten meanwhile and is not whole any more. What it led to is marked
  ///   in part then, and would not be walked again for another snapshot: the marks are good for nothing.
  private func mark(_ snapshots: [Snapshot], in marks: LiveChunks) throws(RepositoryError) -> Bool {
    for (done, snapshot) in snapshots.enumerated() {
      try throwIfCancelled()
      do throws(RepositoryError) {
        try marks.mark(snapshot)
      } catch let error where error.code == .missing || error.code == .damaged {
        guard try context.end(of: session) == nil else { throw .pruneTookOver }
        // Forgotten since it was listed, by now it may be in pieces.
        guard try !context.stands(snapshot.id) else { throw error }
        return false
      }
      progress(PruneProgress(phase: .marking, done: UInt64(done + 1), total: UInt64(snapshots.count)))
    }
    report.snapshots = snapshots.count
    try marks.flush()
    return true
  }

  /// Decides about every pack that the index names, except those of sessions that had not ended or start again.
  func plan(_ packs: [ListedPack], _ marks: LiveChunks) throws(RepositoryError) -> PrunePlan {
    let spared = try index.packs(ofSessions: running.union(startingAgain))
    let present = Set(packs.map(\.id))
    if report.before.count == 0 { for pack in packs { report.before.add(pack.length) } }
    var plan = PrunePlan(
      packTarget: context.configuration.packTarget, frameTarget: Int(context.configuration.frameTarget))
    try index.forEachPack { pack, number in
      guard present.contains(pack.id), !spared.contains(pack.id), let marked = marks.marks(of: pack, number) else {
        return
      }
      plan.enter(pack, marks: marked)
    }
    var options = options
    options.repackLimit = options.repackLimit.map { $0 - min($0, report.repacked.bytes) }
    plan.choose(options, space: options.isDryRun ? .max : try roomForPacks())
    return plan
  }

  /// The plan without packs of which the index may be wrong.
  func spareMisdescribed(_ plan: PrunePlan) throws(RepositoryError) -> PrunePlan {
    var plan = plan
    plan.spare(try misdescribed(among: plan.dead.map(\.id) + plan.repacked.map(\.id)))
    return plan
  }

  /// Packs that no index segment names, left by sessions that have ended.
  ///
  /// What the marks know of was named when they were made, whatever has become of this client's cache since.
  func orphans(among packs: [ListedPack], besides marks: LiveChunks) throws(RepositoryError) -> [PackID] {
    // A pack is published after its session's intent, and its segment before the intent is removed. So while none stands,
    // what no segment names now, none ever will; and while one stands, the pack may be its own.
    guard startingAgain.isEmpty, try context.sessionIDs().allSatisfy({ $0 == session }) else { return [] }
    try repository.refreshIndex()
    let known = Set(try index.packNumbers().map(\.id))
    let orphans = packs.filter { !known.contains($0.id) && !marks.knows($0.id) }
    for pack in orphans { report.orphans.add(pack.length) }
    return orphans.map(\.id)
  }

  /// Writes what is needed of packs that are to go into new ones. Gives the plan without the packs that must stay.
  func repack(_ plan: PrunePlan, _ marks: LiveChunks) throws(RepositoryError) -> PrunePlan {
    var plan = plan
    var sources: [Repacker.Source] = []
    for pack in plan.repacked {
      // The number after the description: no number is given twice, so it is that of the description if it is that of the marks.
      guard let description = try index.description(of: pack.id), let number = try index.number(of: pack.id),
        let marked = marks.marks(of: description, number)
      else { continue }
      sources.append(
        Repacker.Source(pack: description, marks: marked, movedFrames: plan.movedFrames[pack.id] ?? []))
    }
    defer { note(plan) }
    guard !sources.isEmpty else { return plan }
    let reading = try ReadingContext(context: context, index: index, task: "prune")
    let repacker = Repacker(
      sources, reading: reading, segments: segments, compression: options.compression, progress: progress,
      isCancelled: isCancelled)
    do throws(RepositoryError) {
      let unreadable = try repacker.run()
      plan.spare(Set(unreadable.keys))
      for (pack, error) in unreadable.sorted(by: { $0.key < $1.key }) {
        report.warn(.damaged, "pack \(pack) stays as it is, since it can't be read: \(error); run repair packs")
      }
    } catch let error where (error.cause as? BackendError)?.code == .noSpace {
      // Packs in which nothing is needed can go nevertheless.
      plan.spareForWantOfRoom()
      fullDisk = error
    }
    report.written.add(repacker.writtenPacks)
    return plan
  }

  func note(_ plan: PrunePlan) {
    for pack in plan.dead { report.dead.add(pack.length) }
    for pack in plan.repacked { report.repacked.add(pack.length) }
    report.unusedBytes = plan.unusedBytes
  }
}
