import ArgumentParser
import FileSystem
import Format
import Patterns
import Repository
import Snapshots

struct Restore: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Restore files from a snapshot.",
    discussion: """
      SNAPSHOT restores everything below its full path in the target; SNAPSHOT:PATH restores what is in the directory PATH \
      directly into the target, or the one file that PATH is. To restore in place, use --target /.

      What can't be restored is reported, the rest is restored, and the exit code is 3. Owners, devices, set-uid bits and \
      attributes of the system need root.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The directory to restore to; it is made if need be.", valueName: "dir"),
    completion: .directory)
  var target: RawText

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Restore only what matches, with all below it (may be repeated); \"/\" at the beginning is the top of the snapshot.",
      valueName: "pattern"))
  var include: [RawText] = []

  @Option(help: ArgumentHelp("The same, whatever the case of letters.", valueName: "pattern"))
  var iinclude: [RawText] = []

  @Option(name: .shortAndLong, help: ArgumentHelp("Pass over what matches (may be repeated).", valueName: "pattern"))
  var exclude: [RawText] = []

  @Option(help: ArgumentHelp("The same, whatever the case of letters.", valueName: "pattern"))
  var iexclude: [RawText] = []

  @Option(
    help: ArgumentHelp(
      "When to write over existing files: always (whatever differs), if-changed (whose size or time differs), if-newer (that are older), never.",
      valueName: "when"))
  var overwrite = OverwriteMode.always

  @Flag(
    help: ArgumentHelp(
      """
      Remove what is in restored directories and not in the snapshot: in the paths that it was taken of, and with --include \
      only in what that matches. That is also what the backup had excluded, unless it is excluded here too.
      """))
  var delete = false

  @Flag(
    name: [.customShort("n"), .long],
    help: "Change nothing; say what would be done: what --delete would remove, and with --verbose all.")
  var dryRun = false

  @Flag(help: "Read every file again afterwards and compare it with the snapshot.")
  var verify = false

  @Flag(help: "Restore long runs of zeros as holes, also where the original had none.")
  var sparse = false

  @Flag(help: "Restore owners by their numbers, not their names.")
  var numericOwner = false

  @Flag(help: "Restore no owners: everything belongs to who restores it.")
  var noOwnership = false

  @Flag(help: "Restore no device nodes, set-uid bits or attributes of the system, even as root.")
  var noPrivileged = false

  @Argument(help: ArgumentHelp("The snapshot, or SNAPSHOT:PATH.", valueName: "snapshot"))
  var snapshot: RawText

  func validate() throws {
    if numericOwner, noOwnership { throw ValidationError("--numeric-owner and --no-ownership exclude each other") }
    if (include + iinclude).contains(where: { $0.bytes.first == UInt8(ascii: "!") }) {
      throw ValidationError("\"!\" takes nothing back from --include; pass over it with --exclude")
    }
    if target.bytes.isEmpty { throw ValidationError("--target is empty") }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    var options = try options()
    options.observe = observer(context.console)
    options.report = { [console = context.console] in console.problem($0.path, "\($0.error)") }
    guard let directory = PathBytes(target.bytes) else { throw CommandError(.usage, "--target is no path") }
    return try repository.withRepository(context) { repository in
      let reading = try repository.reading(to: "restore files")
      let (found, path) = try SnapshotCatalog(repository, context).split(snapshot, filter)
      guard let root = found.roots.first else {
        throw CommandError(.damaged, "snapshot \(found.shortID) leads to no tree")
      }
      // Where they can't be read, what was taken can still be restored.
      options.takenOf = (try? wholePaths(of: found)) ?? []
      options.protectedEntries = try protectedEntries(repository, context)
      if delete {
        try refuseIncomplete(found)
        options.deletesExtrasIn = try wholePaths(of: found)
      }
      try repository.refreshIndex(warning: context.console)
      let restorer = Restorer(reading: reading, root: root.tree, options: options)
      let progress = restorer.progress
      let start = ContinuousClock.now
      let outcome = try LongWork.run(showing: context.console.progressLine(context.environment)) {
        ProgressStatus(
          phase: "restore", files: progress.filesDone, bytes: progress.bytesDone,
          totalFiles: progress.isTotalKnown ? progress.filesFound : nil,
          totalBytes: progress.isTotalKnown ? progress.bytesFound : nil)
      } cancel: {
      } _: {
        try restorer.restore(path ?? SnapshotPath.root, to: directory, isCancelled: { Interruption.isRequested })
      }
      try report(outcome, found, ContinuousClock.now - start, context.console)
      return outcome.errorCount == 0 ? .done : .incomplete
    }
  }

  private func options() throws -> RestoreOptions {
    var options = RestoreOptions()
    options.overwrite = overwrite.mode
    options.includes = try Self.predicate(include, iinclude)
    options.excludes = try Self.predicate(exclude, iexclude)
    options.isDryRun = dryRun
    options.verifies = verify
    options.isSparse = sparse
    options.ownership = noOwnership ? .none : numericOwner ? .numeric : .byName
    options.privileges = noPrivileged ? [] : .all
    return options
  }

  /// What such a snapshot lacks may be in the target in one piece.
  private func refuseIncomplete(_ snapshot: Snapshot) throws(CommandError) {
    guard snapshot.statistics.errors <= snapshot.statistics.changed,
      !snapshot.tags.contains(SnapshotRewriter.repairTag)
    else {
      throw CommandError(
        .failed,
        "snapshot \(snapshot.shortID) was taken with problems, or repaired, and may lack files; --delete would remove them from "
          + "\(target.escaped). Restore without it, or from another snapshot")
    }
  }

  /// Where the repository and the cache are. An old state of either in the place of what is at work would do harm.
  private func protectedEntries(
    _ opened: Repository, _ context: CommandContext
  ) throws -> Set<FileIdentity> {
    let location = try RepositoryLocation(repository.repo, environment: context.environment)
    var found: Set<FileIdentity> = []
    for place in [try location.localPath(), opened.cacheDirectory, location.devicePath] {
      guard let path = place.flatMap({ PathBytes($0) }) else { continue }
      do throws(FileSystemError) {
        let status =
          place == location.devicePath
          ? try BlockStorage(at: path, for: .read).statusAtOpen : try Directory(at: path).status()
        found.insert(status.identity)
      } catch {
        throw CommandError(.failed, "\(path.escaped), which must be left as it is, can't be looked at", cause: error)
      }
    }
    return found
  }

  /// What of the snapshot is there as a whole. Of the directories above that it knows only what leads there.
  private func wholePaths(of snapshot: Snapshot) throws(CommandError) -> [[UInt8]] {
    var paths: [[UInt8]] = []
    for path in snapshot.paths {
      do throws(FormatError) {
        paths.append(try PathText.unescape(path))
      } catch {
        throw CommandError(
          .damaged, "snapshot \(snapshot.shortID) was taken of \"\(path)\", which is no path", cause: error)
      }
    }
    return paths
  }

  /// Tells of each entry whoever asked for more, and in a dry run everybody of what would be lost.
  private func observer(_ console: Console) -> (@Sendable (RestoreAction, [UInt8]) -> Void)? {
    guard console.isVerbose || (dryRun && delete && !console.isQuiet) else { return nil }
    return { action, path in
      guard console.isVerbose || action == .deleted else { return }
      console.tell("restored", action.rawValue, path)
    }
  }

  private static func predicate(_ exact: [RawText], _ folded: [RawText]) throws -> RestoreOptions.Predicate? {
    guard !exact.isEmpty || !folded.isEmpty else { return nil }
    let list = PathPatternList(
      try exact.map { try PathPattern($0.bytes) }
        + folded.map { try PathPattern($0.bytes, caseSensitivity: .insensitive) })
    return { path, _ in list.matches(path) }
  }

  private func report(
    _ outcome: RestoreOutcome, _ snapshot: Snapshot, _ time: Duration, _ console: Console
  ) throws(CommandError) {
    if outcome.included == 0, !(include + iinclude).isEmpty {
      console.warning(
        "nothing matches --include, so nothing was restored; firn ls shows what is in snapshot \(snapshot.shortID)")
    }
    for path in outcome.protected {
      console.warning(
        "\(Terminal.escaped(path)) is where the repository or its cache is; nothing in it was restored or removed")
    }
    if console.isJSON {
      try console.json { json in
        json.field("message_type", "summary")
        json.field("snapshot_id", snapshot.id.hex)
        json.field("dry_run", dryRun)
        json.field("files", outcome.files)
        json.field("directories", outcome.directories)
        json.field("others", outcome.others)
        json.field("bytes_written", outcome.bytesWritten)
        json.field("skipped", outcome.skipped)
        json.field("devices_skipped", outcome.devicesSkipped)
        json.field("deleted", outcome.deleted)
        json.field("verified", outcome.verified)
        json.field("errors", outcome.errorCount)
        json.field("seconds", time / .seconds(1))
      }
    } else if !console.isQuiet {
      try show(outcome, snapshot, time, console)
    }
  }

  private func show(
    _ outcome: RestoreOutcome, _ snapshot: Snapshot, _ time: Duration, _ console: Console
  ) throws(CommandError) {
    var parts = [
      "\(Display.count(Int(clamping: outcome.files), "file")) (\(Display.size(outcome.bytesWritten)) written)",
      "\(Display.count(outcome.directories)) directories",
    ]
    for (count, name) in [
      (outcome.others, "other"), (outcome.skipped, "left as they were"), (outcome.deleted, "deleted"),
      (outcome.verified, "verified"), (outcome.devicesSkipped, "devices passed over"), (outcome.errorCount, "failed"),
    ] where count > 0 { parts.append("\(Display.count(count)) \(name)") }
    let verb = dryRun ? "would restore" : "restored"
    try console.print("\(verb) snapshot \(snapshot.shortID) to \(target.escaped) in \(Display.duration(time))")
    try console.print(parts.joined(separator: ", "))
  }
}

/// When a restore writes over existing files, as the command line names it.
enum OverwriteMode: String, ExpressibleByArgument, CaseIterable, Sendable {
  case always
  case ifChanged = "if-changed"
  case ifNewer = "if-newer"
  case never

  var mode: RestoreOptions.Overwrite {
    switch self {
    case .always: .always
    case .ifChanged: .ifChanged
    case .ifNewer: .ifNewer
    case .never: .never
    }
  }
}
