import Backend
import Format
import Threads

extension Repository {
  /// Checks the structure of the repository, and as much of its data as the options ask for. Nothing in it is changed unless
  /// the options ask for repairs.
  ///
  /// What is wrong is reported, and never ends the check. A write key checks what it can; the report says what it could
  /// not. `progress` and `isCancelled` are called on several threads.
  ///
  /// - Throws: `.cancelled`, `.invalidArgument` for an impossible selection, `.cache`, or `.backend` when the server that the
  ///   repository is on could not be reached any more.
  public func check(
    _ options: CheckOptions, progress: @escaping @Sendable (CheckProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(RepositoryError) -> CheckReport {
    let deadline = options.timeLimit.map { ContinuousClock.now + $0 }
    let ledger = VerifyLedger(cache: cache, time: options.time)
    let first = CheckLog(nameLimit: options.nameLimit, ledger: ledger)
    let times = try ledger.times()
    let choose = { (packs: [ListedPack]) throws(RepositoryError) in
      try options.data.choose(from: packs, times: times, oldestFirst: options.data.isByAge || deadline != nil)
    }
    let areListed = try inspect(first, ledger, options, deadline, progress, isCancelled, choosing: choose)
    var log = first
    if options.repairs {
      let healing = HealingRun(healer: Healer(context: context), suspects: first.suspects)
      if healing.run(isCancelled) > 0 {
        // With what was healed, everything may look different. Of packs, only those are read again that were damaged and not
        // healed, which has verified them; or all, if they could not be listed the first time.
        log = CheckLog(nameLimit: options.nameLimit, ledger: ledger)
        let before = first.counters
        try inspect(log, ledger, options, areListed ? nil : deadline, progress, isCancelled) {
          (packs) throws(RepositoryError) in
          areListed ? packs.filter { healing.otherPacks.contains($0.id) } : try choose(packs)
        }
        if areListed {
          log.count { counters in
            counters.packsRead = before.packsRead
            counters.bytesRead = before.bytesRead
            counters.packsRemaining = before.packsRemaining
            counters.bytesRemaining = before.bytesRemaining
          }
        }
      }
      healing.report(to: log, after: log === first ? nil : first)
    }
    if isCancelled() { throw .checkCancelled }
    ParityCheck(context: context, log: log, repairs: options.repairs, readsData: options.data == .all)
      .run(isCancelled: isCancelled)
    let report = log.report()
    if report.findings.contains(where: { $0.severity != .note }) { try requireReachable() }
    return report
  }

  /// What can't be read from a server that can't be reached is no damage, and such a server has been given up by now.
  private func requireReachable() throws(RepositoryError) {
    do throws(BackendError) {
      _ = try context.backend.size(of: .config)
    } catch let error where error.code == .unreachable {
      throw RepositoryError(error, context: "the repository")
    } catch {
      return
    }
  }

  /// One pass over everything; `choose` decides which packs are read whole.
  ///
  /// - Returns: whether the packs could be listed.
  @discardableResult
  private func inspect(
    _ log: CheckLog, _ ledger: VerifyLedger, _ options: CheckOptions, _ deadline: ContinuousClock.Instant?,
    _ progress: @escaping @Sendable (CheckProgress) -> Void,
    _ isCancelled: @escaping @Sendable () -> Bool,
    choosing choose: ([ListedPack]) throws(RepositoryError) -> [ListedPack]
  ) throws(RepositoryError) -> Bool {
    let records = RecordCheck(repository: self, log: log)
    records.run()
    var indexCheck = IndexCheck(context: context, index: index, log: log)
    // In the reverse order of publication, so that what a backup adds meanwhile is never taken for missing.
    let snapshotListing = records.list(.snapshots)
    try indexCheck.checkSegments(progress)
    let packs = records.listPacks()
    if let packs { try indexCheck.checkPacks(packs) }
    try indexCheck.countDuplicates()
    let snapshots = try snapshotListing.map { (listing) throws(RepositoryError) in
      try SnapshotCheck(repository: self, log: log).run(listing)
    }
    if isCancelled() { throw .checkCancelled }
    let chosen = try choose(packs ?? [])
    let run = CheckRun(repository: self, log: log, progress: progress, isCancelled: isCancelled)
    if context.secrets.privateKey == nil { run.noteUnchecked(readsData: options.data != .none) }
    do throws(RepositoryError) {
      try run.checkContent(of: snapshots ?? [], packs: chosen, threads: options.threads, deadline: deadline)
    } catch {
      // What was read before is known nevertheless.
      try? ledger.flush()
      throw error
    }
    try ledger.flush(keeping: packs)
    if let time = options.time, let packs {
      let verified = VerifiedPacks(packs, times: try ledger.times(), now: time)
      log.count { $0.verified = verified }
    }
    return packs != nil
  }
}

extension RepositoryError {
  fileprivate static var checkCancelled: RepositoryError { RepositoryError(.cancelled, "the check was interrupted") }
}

/// The part of a check that takes time: trees and the data of packs, on several threads.
private final class CheckRun: Sendable {
  private let repository: Repository
  private let log: CheckLog
  private let progress: @Sendable (CheckProgress) -> Void
  private let isCancelled: @Sendable () -> Bool
  private let failure = FirstFailure()

  init(
    repository: Repository, log: CheckLog, progress: @escaping @Sendable (CheckProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.repository = repository
    self.log = log
    self.progress = progress
    self.isCancelled = isCancelled
  }

  private var isStopped: Bool { isCancelled() || failure.error != nil }

  func noteUnchecked(readsData: Bool) {
    log.add(
      .note, .notChecked, "snapshots",
      "with a key of the role \"write\" the trees of snapshots can't be opened, so whether every file is complete was "
        + "not checked")
    guard readsData else { return }
    log.add(
      .note, .notChecked, "packs",
      "with a key of the role \"write\" packs can't be opened: their bytes were compared with their names, and nothing "
        + "inside was checked")
  }

  /// Walks the snapshots on one thread while the others, and then that one, read packs.
  func checkContent(of snapshots: [Snapshot], packs: [ListedPack], threads: Int, deadline: ContinuousClock.Instant?)
    throws(RepositoryError)
  {
    let condemnedBefore = log.condemnedCount
    let feed = PackFeed(
      packs, context: repository.context, index: repository.index, log: log, deadline: deadline, progress: progress)
    WorkerThreads.run(packs.isEmpty ? 1 : threads) { [self] worker in
      do throws(RepositoryError) {
        if worker == 0 { try walk(snapshots, counting: true) }
        let data = try PackDataCheck(feed: feed, context: repository.context, log: log)
        try data.run { isStopped }
      } catch {
        failure.note(error)
      }
    }
    try throwIfStopped()
    let remaining = feed.remaining
    log.count {
      $0.packsRemaining = remaining.count
      $0.bytesRemaining = remaining.reduce(0) { $0 + $1.length }
    }
    // Now that is known which packs and frames can't be read, see what they affect.
    guard log.condemnedCount > condemnedBefore else { return }
    log.forgetAffected()
    WorkerThreads.run(1) { [self] _ in
      do throws(RepositoryError) {
        try walk(snapshots, counting: false)
      } catch {
        failure.note(error)
      }
    }
    try throwIfStopped()
  }

  private func walk(_ snapshots: [Snapshot], counting: Bool) throws(RepositoryError) {
    guard repository.context.secrets.privateKey != nil else { return }
    let reading = try ReadingContext(context: repository.context, index: repository.index, task: "check trees")
    let check = try TreeCheck(reading: reading, log: log) { [self] in isStopped }
    for (done, snapshot) in snapshots.enumerated() where !isStopped {
      try check.check(snapshot)
      guard counting else { continue }
      progress(CheckProgress(phase: .snapshots, done: UInt64(done + 1), total: UInt64(snapshots.count)))
    }
    guard counting else { return }
    log.count { [trees = check.treeCount, references = check.referenceCount] in
      $0.trees = trees
      $0.references = references
    }
  }

  private func throwIfStopped() throws(RepositoryError) {
    if let error = failure.error { throw error }
    if isCancelled() { throw .checkCancelled }
  }
}
