import ArgumentParser
import FileSystem
import Format
import Repository
import Snapshots
import Threads

struct Backup: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Take a snapshot of paths, of standard input, or of what a command prints.",
    discussion: """
      Files that have not changed since the last snapshot of the same host and paths are not read again. What can't be \
      read is reported and left out; the rest is saved, and the exit code is 3. A backup that was cut off is simply run \
      again: what it had stored is used.

      Of a path that is a symbolic link, only the link is saved, and of one that is a block device only the node, with exit \
      code 3. To save what is on a device: firn backup -r PLACE --stdin --stdin-filename disk.img < DEVICE

      With --stdin-from-command, the words after "--" are a program and its arguments:
        firn backup -r PLACE --stdin-from-command --stdin-filename db.sql -- pg_dump shop
      If the program fails, no snapshot is taken.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Sources") var sources: BackupSources
  @OptionGroup(title: "Exclusions") var exclusions: ExclusionOptions
  @OptionGroup(title: "Snapshot") var labels: SnapshotLabelOptions
  @OptionGroup var compression: CompressionOption

  @Option(
    help: ArgumentHelp(
      "Compare with this snapshot instead of the last of the same host and paths.", valueName: "snapshot"))
  var parent: RawText?

  @Flag(help: "Read every file, also those that seem unchanged.")
  var force = false

  @Flag(help: "Don't take a changed inode number for a change of the file.")
  var ignoreInode = false

  @Flag(help: "Don't take a changed ctime for a change of the file.")
  var ignoreCtime = false

  @Flag(help: "Publish no snapshot if nothing has changed since the one that this is compared with.")
  var skipIfUnchanged = false

  @Flag(name: [.customShort("n"), .long], help: "Publish no snapshot; say what one would add.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Read, compress and store in so many threads (default: one for each processor).", valueName: "n")
  )
  var readConcurrency: Int?

  @Option(
    help: ArgumentHelp(
      "Leave so much space free where the repository is: begin nothing, and store no more, where there isn't more.",
      valueName: "size"))
  var minFree: SizeArgument?

  func validate() throws {
    if skipIfUnchanged, force || sources.stdin || sources.stdinFromCommand {
      throw ValidationError(
        "--skip-if-unchanged is for paths, and not for --force: it needs a snapshot to compare with")
    }
    if parent != nil, force { throw ValidationError("--parent and --force exclude each other") }
    if let readConcurrency, !(1...256 ~= readConcurrency) {
      throw ValidationError("--read-concurrency is from 1 to 256")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let source = try sources.source()
    let label = try labels.label(context)
    var options = BackupOptions()
    options.exclusions = try exclusions.exclusions()
    options.ignoreInode = ignoreInode
    options.ignoreChangeTime = ignoreCtime
    options.skipsUnchanged = skipIfUnchanged
    options.dryRun = dryRun
    options.workers = readConcurrency
    options.compression = compression.level
    return try repository.withRepository(context, minimumFree: minFree?.bytes ?? 0) { repository in
      options.parent = try parentChoice(repository, context)
      let console = context.console
      let progress = BackupProgress(observer: observer(console)) { console.problem($0.path, $0.message) }
      let archiver = Archiver(repository: repository, options: options, progress: progress)
      let run = BackupRun(archiver: archiver, progress: progress, label: label, context: context)
      let result = try run.backUp(source, excluding: options.exclusions)
      try report(result, console)
      for message in result.unreadableSnapshots {
        console.warning(
          "an earlier snapshot can't be read: \(message); see \"firn check --repair\" and \"firn repair snapshots\"")
      }
      guard result.statistics.errors == 0 else { return .incomplete }
      return result.unreadableSnapshots.isEmpty ? .done : .damaged
    }
  }

  private func observer(_ console: Console) -> (@Sendable (BackupAction, [UInt8]) -> Void)? {
    guard console.isVerbose else { return nil }
    return { action, path in console.tell("backed_up", action.rawValue, path) }
  }

  private func parentChoice(_ repository: Repository, _ context: CommandContext) throws -> ParentChoice {
    if force { return .none }
    guard let parent else { return .automatic }
    let catalog = try SnapshotCatalog(repository, context)
    return .snapshot(try catalog.snapshot(parent).id)
  }

  private func report(_ result: BackupResult, _ console: Console) throws(CommandError) {
    let statistics = result.statistics
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "summary")
        if let snapshot = result.snapshot { json.field("snapshot_id", snapshot.id.hex) }
        if let identical = result.identical { json.field("identical_to", identical.hex) }
        json.field("dry_run", dryRun)
        json.field("files_unchanged", result.unchangedFiles)
        json.fields(of: statistics)
      }
    }
    guard !console.isQuiet else { return }
    var table = Table([.init(""), .init("", .right), .init("")])
    table.append([
      "files", Display.count(statistics.files),
      "\(Display.count(statistics.files - min(result.unchangedFiles, statistics.files))) new or changed, \(Display.count(result.unchangedFiles)) unchanged",
    ])
    table.append(["directories", Display.count(statistics.directories), ""])
    if statistics.others > 0 { table.append(["other entries", Display.count(statistics.others), ""]) }
    table.append(["size", Display.size(statistics.bytes), ""])
    table.append([
      "stored", Display.size(statistics.storedBytes), "for \(Display.size(statistics.newBytes)) of new data",
    ])
    try console.output.write(table.rendered(withTitles: false))
    let time = Display.duration(.seconds(statistics.seconds))
    let reason = result.identical.map { "unchanged since snapshot \($0.hex.prefix(8))" } ?? "dry run"
    let name = result.snapshot.map { "snapshot \($0.shortID) saved" } ?? "\(reason): no snapshot saved"
    let errors = statistics.errors == 0 ? "" : ", \(Display.count(Int(clamping: statistics.errors), "problem"))"
    try console.print("\(name) in \(time)\(errors)")
  }
}
