import Backend
import Format
import Threads

/// One repair of packs.
struct PackRepair {
  /// How often a place is read before what lies there counts as lost.
  static let attempts = 3

  let session: RepairSession
  let log: CheckLog
  let progress: @Sendable (CheckProgress) -> Void
  let isCancelled: @Sendable () -> Bool
  private var report = PackRepairReport()
  private var surveys: [PackSurvey] = []
  /// The chunks that could not be read, with the place of their pack in the report.
  private var unreadable: [(entry: Int, chunks: [PackDirectory.ChunkEntry])] = []
  private var sources: [Repacker.Source] = []
  /// Packs that the index must not name any more.
  private var removed: Set<PackID> = []
  /// Those of them that are there, and are set aside.
  private var toQuarantine: [PackID] = []

  private var context: RepositoryContext { session.context }
  private var index: IndexStore { session.index }

  init(
    session: RepairSession, log: CheckLog, progress: @escaping @Sendable (CheckProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.session = session
    self.log = log
    self.progress = progress
    self.isCancelled = isCancelled
  }

  mutating func run(_ selection: Set<PackID>?, threads: Int) throws(RepositoryError) -> PackRepairReport {
    // Packs before the index, and sessions last: see the repair of the index.
    let listed = try context.listPacks()
    do throws(RepositoryError) {
      try index.refresh(from: context)
    } catch let error where error.saysDamaged {
      throw RepositoryError(.damaged, "the index is damaged; run repair index first", cause: error)
    }
    let segments = try index.segmentPacks()
    let running = try session.runningSessions()
    let indexed = Set(segments.flatMap(\.packs))
    let toRead = try packsToRead(selection, from: listed, indexed: indexed)
    var suspects = try read(toRead.present, threads: threads)
    for id in toRead.missing { suspects[id] = "the pack is not there" }
    let ownedPacks = Set(segments.lazy.filter { running.contains($0.id.session) }.flatMap(\.packs))
    for (id, message) in suspects.sorted(by: { $0.key < $1.key }) {
      try throwIfCancelled()
      if ownedPacks.contains(id) || (!indexed.contains(id) && !running.isEmpty) {
        report.packs.append(.init(id: id, message: message, outcome: .leftAlone))
      } else {
        try assess(id, message)
      }
    }
    try chooseChunksToSave()
    try salvage()
    let outdated = segments.filter { !removed.isDisjoint(with: $0.packs) && !running.contains($0.id.session) }
    try session.replace(outdated.map(\.id), without: removed)
    for pack in toQuarantine {
      if !session.isDryRun { try session.requireNotFenced() }
      try session.quarantine(try .pack(pack))
    }
    try lookForLosses()
    return report
  }

  /// The packs to look at, and those of them that the index names and that are not there.
  private func packsToRead(
    _ selection: Set<PackID>?, from listed: [ListedPack], indexed: Set<PackID>
  ) throws(RepositoryError) -> (present: [ListedPack], missing: [PackID]) {
    let present = listed.filter { selection?.contains($0.id) ?? true }
    let absent = (selection ?? indexed).subtracting(listed.map(\.id))
    var missing: [PackID] = []
    for id in absent.sorted() where try context.listedPack(id) == nil {
      guard indexed.contains(id) else { throw RepositoryError(.missing, "there is no pack \(id)") }
      missing.append(id)
    }
    return (present, missing)
  }

  /// Reads packs whole. Gives those that something is wrong with.
  private mutating func read(_ packs: [ListedPack], threads: Int) throws(RepositoryError) -> [PackID: String] {
    let feed = PackFeed(packs, context: context, index: index, log: log, progress: progress)
    let failure = FirstFailure()
    WorkerThreads.run(threads) { [context, log, isCancelled] _ in
      do throws(RepositoryError) {
        try PackDataCheck(feed: feed, context: context, log: log).run { isCancelled() || failure.error != nil }
      } catch {
        failure.note(error)
      }
    }
    if let error = failure.error { throw error }
    try throwIfCancelled()
    let counters = log.counters
    report.packsRead = counters.packsRead
    report.bytesRead = counters.bytesRead
    var suspects = log.damagedPacks
    for pack in packs where suspects[pack.id] == nil {
      // The feed leaves these to whoever compares packs with the index.
      if let indexed = try index.description(of: pack.id), indexed.length != pack.length {
        suspects[pack.id] = "it has \(pack.length) bytes and should have \(indexed.length)"
      }
    }
    return suspects
  }

  /// Finds out what can be had of a pack, and decides what becomes of it.
  private mutating func assess(_ id: PackID, _ message: String) throws(RepositoryError) {
    let indexed = try index.description(of: id)
    var entry = PackRepairReport.Pack(id: id, message: message, outcome: .unreadable)
    var lost = indexed?.directory.chunks ?? []
    entry.chunks = lost.count
    if try session.heal(.pack(id)) {
      entry.outcome = .healed
      report.packs.append(entry)
      return
    }
    if let listed = try context.listedPack(id) {
      if let survey = try PackSurvey.take(of: listed, indexed: indexed, context: context) {
        if try survey.isWhole(listed, context) {
          // What was read before was not what is stored.
          entry.outcome = .sound
          report.packs.append(entry)
          return
        }
        entry.outcome = .salvaged
        entry.chunks = survey.isGood.count
        entry.readable = survey.goodCount
        lost = zip(survey.pack.directory.chunks, survey.isGood).filter { !$1 }.map(\.0)
        surveys.append(survey)
        if indexed != nil { log.condemn(frames: survey.badFrames, of: id, because: log.damaged(.error, id, message)) }
      }
      toQuarantine.append(id)
    } else {
      entry.outcome = .missing
    }
    if entry.outcome != .salvaged, indexed != nil { log.condemn(pack: id, because: log.damaged(.error, id, message)) }
    removed.insert(id)
    unreadable.append((report.packs.count, lost))
    report.packs.append(entry)
  }

  /// Decides which chunks are saved from which pack: all that can be read, each once.
  ///
  /// Even those that a sound pack has: a prune may be about to remove that one, relying on the copy in the pack that is set
  /// aside here, or another repair may be doing the same the other way round. The next prune drops what is stored twice.
  private mutating func chooseChunksToSave() throws(RepositoryError) {
    let reading = try ReadingContext(context: context, index: index, task: "repair packs")
    let copies = SoundCopies(
      index: try index.reader(), chunks: try ChunkReader(reading: reading), removed: removed)
    var saved: Set<ChunkID> = []
    for survey in surveys {
      var marks = survey.isGood
      for (ordinal, chunk) in survey.pack.directory.chunks.enumerated() where marks[ordinal] {
        marks[ordinal] = saved.insert(chunk.id).inserted
      }
      if marks.contains(true) { sources.append(Repacker.Source(pack: survey.pack, marks: marks)) }
    }
    for (entry, chunks) in unreadable {
      for chunk in chunks where !saved.contains(chunk.id) {
        if try !copies.contains(chunk) { report.packs[entry].lost += 1 }
      }
    }
  }

  /// Writes what can be had into new packs, which are durable and in the index afterwards.
  private mutating func salvage() throws(RepositoryError) {
    guard !session.isDryRun, !sources.isEmpty else { return }
    let reading = try ReadingContext(context: context, index: index, task: "repair packs")
    let repacker = Repacker(
      sources, reading: reading, segments: session.sequence, compression: .default, progress: { _ in },
      isCancelled: isCancelled)
    let unreadable = try repacker.run()
    report.written = repacker.writtenPacks
    guard let (pack, error) = unreadable.min(by: { $0.key < $1.key }) else { return }
    throw RepositoryError(
      error.code, "pack \(pack) could be read and then could not; nothing of it was removed, run the repair again",
      cause: error)
  }

  /// Lists what snapshots need and can't have.
  private mutating func lookForLosses() throws(RepositoryError) {
    if !session.isDryRun { try index.refresh(from: context) }
    let losses = session.isDryRun ? log : CheckLog(nameLimit: log.nameLimit)
    let reading = try ReadingContext(context: context, index: index, task: "repair packs")
    let isCancelled = isCancelled
    let listing = try session.repository.snapshots()
    let snapshots = listing.snapshots
    report.unreadableSnapshots = listing.damaged.map { RepairProblem("snapshots/\($0.name)", "\($0.error)") }
    let check = try TreeCheck(reading: reading, log: losses, attempts: Self.attempts) { isCancelled() }
    for (done, snapshot) in snapshots.enumerated() {
      try check.check(snapshot)
      try throwIfCancelled()
      progress(CheckProgress(phase: .snapshots, done: UInt64(done + 1), total: UInt64(snapshots.count)))
    }
    report.lacking = losses.report().findings.filter { $0.snapshotCount > 0 }
  }

  private func throwIfCancelled() throws(RepositoryError) {
    if isCancelled() { throw RepositoryError(.cancelled, "the repair was interrupted") }
  }
}

/// Whether chunks can be had from packs that nothing is wrong with.
private struct SoundCopies {
  let index: IndexReader
  let chunks: ChunkReader
  /// The packs that something is wrong with.
  let removed: Set<PackID>

  /// Whether a copy of the chunk can be read.
  func contains(_ chunk: PackDirectory.ChunkEntry) throws(RepositoryError) -> Bool {
    for location in try index.locations(of: chunk.id) {
      guard let pack = try index.pack(location.pack), !removed.contains(pack) else { continue }
      if try chunks.isGood(chunk.id, kind: chunk.kind, at: location) { return true }
    }
    return false
  }
}
