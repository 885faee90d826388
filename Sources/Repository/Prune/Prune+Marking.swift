import Backend
import Format

extension Prune {
  /// Marks what all snapshots need, over the packs that stand in the repository.
  func mark(condemned: Set<PackID> = []) throws(RepositoryError) -> (LiveChunks, [ListedPack]) {
    // Packs before the index, so that what a backup adds meanwhile is not taken for an orphan; the index before the
    // snapshots, so that all that they need is in it.
    let packs = try context.listPacks()
    try repository.refreshIndex()
    let marks = try LiveChunks(
      packs: packs, condemned: condemned, context: context, index: index, trees: repository.trees)
    try markAll(marks)
    return (marks, packs)
  }

  /// Marks what snapshots need that were not marked yet.
  func markAll(_ marks: LiveChunks) throws(RepositoryError) {
    let listing = try repository.snapshots()
    if let (name, error) = listing.damaged.first {
      throw RepositoryError(
        .damaged, "snapshot \(name) can't be read, so what it needs is not known; nothing is removed", cause: error)
    }
    for (done, snapshot) in listing.snapshots.enumerated() {
      try throwIfCancelled()
      try marks.mark(snapshot)
      progress(
        PruneProgress(phase: .marking, done: UInt64(done + 1), total: UInt64(listing.snapshots.count)))
    }
    report.snapshots = listing.snapshots.count
    try marks.flush()
  }

  /// Decides about every pack that the index names, except those of sessions that have not ended or start again.
  func plan(_ packs: [ListedPack], _ marks: LiveChunks) throws(RepositoryError) -> PrunePlan {
    let running = startingAgain.union(try context.sessionIDs()).subtracting([session])
    let spared = try index.packs(ofSessions: running)
    let present = Set(packs.map(\.id))
    report.before = PruneReport.Packs()
    for pack in packs { report.before.add(pack.length) }
    var plan = PrunePlan(
      packTarget: context.configuration.packTarget, frameTarget: Int(context.configuration.frameTarget))
    try index.forEachPack { pack in
      guard present.contains(pack.id), !spared.contains(pack.id), let marked = marks.marks(of: pack) else { return }
      plan.enter(pack, marks: marked)
    }
    plan.choose(options)
    return plan
  }

  /// Packs that no index segment names, left by sessions that have ended.
  func orphans(among packs: [ListedPack]) throws(RepositoryError) -> [PackID] {
    // A pack is published after its session's intent, and its segment before the intent is removed. So while none stands,
    // what no segment names now, none ever will; and while one stands, the pack may be its own.
    guard startingAgain.isEmpty, try context.sessionIDs().allSatisfy({ $0 == session }) else { return [] }
    try repository.refreshIndex()
    let known = Set(try index.packNumbers().map(\.id))
    let orphans = packs.filter { !known.contains($0.id) }
    for pack in orphans { report.orphans.add(pack.length) }
    return orphans.map(\.id)
  }

  /// Writes what is needed of packs that are to go into new ones. Gives the plan without the packs that must stay.
  func repack(_ plan: PrunePlan, _ marks: LiveChunks) throws(RepositoryError) -> PrunePlan {
    var plan = plan
    var sources: [Repacker.Source] = []
    for pack in plan.repacked {
      guard let description = try index.description(of: pack.id), let marked = marks.marks(of: description) else {
        continue
      }
      sources.append(
        Repacker.Source(pack: description, marks: marked, movedFrames: plan.movedFrames[pack.id] ?? []))
    }
    defer { note(plan) }
    guard !sources.isEmpty else { return plan }
    let reading = try ReadingContext(context: context, index: index, task: "prune")
    let repacker = Repacker(
      sources, reading: reading, segments: segments, progress: progress, isCancelled: isCancelled)
    do throws(RepositoryError) {
      let unreadable = try repacker.run()
      plan.spare(Set(unreadable.keys))
      for (pack, error) in unreadable.sorted(by: { $0.key < $1.key }) {
        report.warnings.append("pack \(pack) stays as it is, since it can't be read: \(error); run repair packs")
      }
    } catch let error where (error.cause as? BackendError)?.code == .noSpace {
      // Packs in which nothing is needed can go nevertheless.
      plan.spare(Set(plan.repacked.map(\.id)))
      report.warnings.append("there was no space to write packs again; run prune once more when some is free")
    }
    report.written = repacker.writtenPacks
    return plan
  }

  func note(_ plan: PrunePlan) {
    for pack in plan.dead { report.dead.add(pack.length) }
    for pack in plan.repacked { report.repacked.add(pack.length) }
    report.unusedBytes += plan.unusedBytes
  }
}
