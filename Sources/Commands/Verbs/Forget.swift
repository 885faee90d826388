import ArgumentParser
import Format
import Repository
import Retention

struct Forget: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Remove snapshots that are no longer wanted: by rules, or those named.",
    discussion: """
      A snapshot is kept if any rule keeps it. Rules count apart for each host and set of paths (--group-by). Hours, days, weeks, \
      months and years are those of the local calendar, and only those count that have a snapshot; while a count lasts, the \
      oldest snapshot stays too. Durations reach back from the newest snapshot, so what is no longer backed up isn't eaten \
      up. N may be "unlimited" or -1.

      Pinned snapshots always stay ("firn pin"). So do those dated in the future, which take no other's place.

      Space is freed by "firn prune", or at once with --prune. The exit code is 13 when there are snapshots that can't be \
      read; the others are dealt with. Otherwise it is with --prune that of the prune.

      EXAMPLES
        firn forget --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --dry-run
        firn forget --keep-within 14d --keep-within-monthly 2y --keep-tag release --prune
        firn forget --keep-slots --host web1
        firn forget 3fa1c9e2 latest~4
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter
  @OptionGroup(title: "Rules") var rules: RetentionOptions
  @OptionGroup(title: "Prune") var settings: PruneSettings

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be removed.")
  var dryRun = false

  @Flag(help: "Prune afterwards; with --dry-run, say what that would free.")
  var prune = false

  @Flag(help: "Remove the named snapshots even if they are pinned.")
  var evenPinned = false

  @Flag(help: "Let rules, or none at all, leave nothing of a group. Needs --host, --path or --tag.")
  var unsafeAllowRemoveAll = false

  @Argument(help: ArgumentHelp("Remove just these.", valueName: "snapshot"))
  var names: [RawText] = []

  func validate() throws {
    if unsafeAllowRemoveAll, filter.isEmpty {
      throw ValidationError("--unsafe-allow-remove-all needs --host, --path or --tag")
    }
    if names.isEmpty {
      if evenPinned {
        throw ValidationError("--even-pinned is for snapshots that are named; rules never remove pinned ones")
      }
      if rules.policy.isEmpty, !unsafeAllowRemoveAll {
        throw ValidationError("give rules such as --keep-daily 7, or the snapshots to remove")
      }
    } else if !rules.policy.isEmpty {
      throw ValidationError("give rules or the snapshots to remove, not both")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      try repository.requireFullKey(to: "forget snapshots")
      let catalog = try SnapshotCatalog(repository, context)
      let groups = names.isEmpty ? try judged(catalog, context) : [try named(catalog)]
      let report = ForgetReport(groups, of: catalog.snapshots, isDryRun: dryRun)
      for candidate in report.futureDated {
        let time = Display.localTime(Instant(candidate.time))
        context.console.warning("snapshot \(candidate.id.hex.prefix(8)) is dated \(time), in the future; it is kept")
      }
      try report.showDecisions(context.console)
      try Interruption.check()
      if !dryRun { try repository.forget(report.removed) }
      try report.showResult(context.console, isPruned: prune)
      let code: ExitCode = catalog.damaged.isEmpty ? .done : .damaged
      guard prune else { return code }
      try context.console.output.flush()
      var options = settings.options
      if dryRun { options.rehearsal = Set(report.removed) }
      let pruned = try PruneRun(repository: repository, context: context).prune(options)
      return code == .done ? pruned : code
    }
  }

  /// What the rules say.
  private func judged(_ catalog: SnapshotCatalog, _ context: CommandContext) throws(CommandError) -> [RetentionGroup] {
    do throws(RetentionError) {
      return try rules.policy.apply(
        to: filter.apply(to: catalog.snapshots).map { RetentionCandidate($0) }, groupedBy: rules.groupBy,
        now: Timestamp(context.now), calendar: LocalCalendar(utcOffset: LocalTime.utcOffset),
        mayRemoveAll: unsafeAllowRemoveAll)
    } catch {
      switch error {
      case .emptyPolicy: throw CommandError(.usage, "there is no rule, so nothing would be kept")
      case .nothingKept(let group):
        throw CommandError(
          .usage,
          "the rules keep no snapshot of \(group.title); nothing was removed. Add a rule, or give --unsafe-allow-remove-all"
        )
      }
    }
  }

  /// The snapshots that are named, as a group in which nothing is kept.
  private func named(_ catalog: SnapshotCatalog) throws(CommandError) -> RetentionGroup {
    var chosen: [Snapshot] = []
    for name in names {
      let snapshot = try catalog.snapshot(name, filter)
      if !chosen.contains(where: { $0.id == snapshot.id }) { chosen.append(snapshot) }
    }
    if !evenPinned, let pinned = chosen.first(where: \.isPinned) {
      throw CommandError(
        .failed,
        "snapshot \(pinned.shortID) is pinned; nothing was removed. Unpin it with \"firn unpin\", or give --even-pinned"
      )
    }
    return RetentionGroup(removing: chosen.map { RetentionCandidate($0) })
  }
}
