import ArgumentParser
import Backend
import Format
import Repository
import Snapshots

struct Copy: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Copy snapshots to other repositories.",
    discussion: """
      Copies the named snapshots, those that pass the filters, or all, the oldest first, to every repository that --to \
      names and that hasn't got them; only what it lacks is moved. Times, hosts, tags, pins and all else stay as they \
      are. Nothing is removed from a target: "firn forget" and "firn prune" are for that, there as here.

      A copy that was cut off is simply run again: what it had stored is used. A target that fails doesn't hold up the \
      others; the exit code is then that of the first one that failed. It is 13 when something that a snapshot needs \
      can't be read: that snapshot is copied to none that lacks it, the others are. --limit-upload and --limit-download count for each \
      repository by itself.

      Make a target with "firn init -r TARGET --like SOURCE" for chunks to have the same names there: copies are faster \
      then, and later backups to either find what was copied.

      EXAMPLES
        firn copy -r /mnt/backup --to sftp://store@example.org/firn --to-password-file ~/.firn-offsite
        firn copy --to /mnt/usb --to /mnt/nas --tag weekly
        firn copy --to /mnt/usb latest
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Targets") var targets: CopyTargetOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Flag(name: [.customShort("n"), .long], help: "Copy nothing; say what would be.")
  var dryRun = false

  @Argument(help: ArgumentHelp("Copy just these.", valueName: "snapshot"))
  var names: [RawText] = []

  func run(_ context: CommandContext) throws -> ExitCode {
    let backend = try repository.openBackend(context)
    let cache = try CacheDirectory(repository, context)
    let password = try repository.password(for: backend.location, context)
    let source = try Repository.open(
      backend, password: password, cacheDirectory: cache.path, willOpenCache: CacheGuard.watch)
    try source.requireFullKey(to: "copy snapshots")
    let report = CopyReport(places: targets.to, isDryRun: dryRun, console: context.console)
    var opened: [(number: Int, repository: Repository)] = []
    return try DamagedCache.deleting(of: { [source] + opened.map(\.repository) }) {
      for number in targets.to.indices {
        try Interruption.check()
        do {
          let target = try targets.open(
            number, beside: [source] + opened.map(\.repository), as: repository, cacheDirectory: cache.path, context)
          opened.append((number, target))
        } catch {
          // Whoever mistyped something wants to know before hours are spent on the others, and who interrupts a prompt means
          // the command.
          let code = ErrorReport(error).exitCode
          guard code != .usage, code != .interrupted else { throw error }
          try report.tell(failed: number, error)
        }
      }
      let catalog = try SnapshotCatalog(source, context)
      let chosen = try catalog.chosen(names, filter)
      try copy(chosen, of: catalog, from: source, to: opened, report, context)
      try report.showSummary()
      return report.exitCode ?? (names.isEmpty && !catalog.damaged.isEmpty ? .damaged : .done)
    }
  }

  private func copy(
    _ chosen: [Snapshot], of catalog: SnapshotCatalog, from source: Repository,
    to opened: [(number: Int, repository: Repository)], _ report: CopyReport, _ context: CommandContext
  ) throws {
    guard !opened.isEmpty else { return }
    let progress = CopyProgress()
    var failures: [any Error] = []
    // The other targets go on with what they have open.
    defer {
      let repositories = [source] + opened.map(\.repository)
      if let message = failures.lazy.compactMap({ DamagedCache.delete(of: repositories, after: $0) }).first {
        context.console.warning(message)
      }
    }
    let copier = try SnapshotCopier(
      from: source, to: opened.map(\.repository), by: { SessionOwner(context) }, progress: progress
    ) { event in
      try Interruption.check()
      if case .failed(_, let error) = event { failures.append(error) }
      try report.tell(event) { opened[$0].number }
      // Programs follow along; on a terminal the lines come when the progress has gone.
      if context.console.isJSON { try context.console.output.flush() }
    }
    try LongWork.run(showing: context.console.progressLine(context.environment)) {
      ProgressStatus(
        phase: "copy", files: progress.snapshotsDone, bytes: progress.bytesDone, totalFiles: UInt64(chosen.count),
        unit: "snapshot")
    } cancel: {
      progress.cancel()
    } _: {
      if dryRun {
        try copier.rehearse(chosen, hashes: catalog.hashes)
      } else {
        try copier.copy(chosen, hashes: catalog.hashes)
      }
    }
  }
}
