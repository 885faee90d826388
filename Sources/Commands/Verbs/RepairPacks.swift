import ArgumentParser
import Format
import Repository
import Threads

struct RepairPacks: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "packs",
    abstract: "Save what can be read of damaged packs.",
    discussion: """
      All packs are read, or those that are named, by ids or the beginnings of ids. What can still be read of a damaged one is \
      stored again in new packs, and the damaged one is set aside. What is lost is listed with the snapshots and files that \
      need it.

      The password must be that of a key with the role "full". The exit code is 13 when snapshots lack something or can't be \
      read themselves, or a pack was left alone because it may belong to a session that has not ended.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Argument(help: ArgumentHelp("The packs to look at (default: all).", valueName: "pack"))
  var packs: [String] = []

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be done.")
  var dryRun = false

  func validate() throws {
    for pack in packs where pack.count < 4 || !pack.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
      throw ValidationError("\"\(pack)\" is not an id of a pack, nor the beginning of one (4 digits or more)")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let latest = LatestProgress<CheckProgress>()
      let report = try LongWork.run(showing: context.console.progressLine(context.environment)) {
        ProgressStatus(repair: latest.value)
      } cancel: {
      } _: {
        try repository.repairPacks(
          packs.isEmpty ? nil : repository.packIDs(withPrefixes: packs), isDryRun: dryRun, by: SessionOwner(context),
          watch: .process(context),
          threads: WorkerThreads.processorCount, nameLimit: context.console.checkNameLimit,
          progress: { latest.note($0) }, isCancelled: { Interruption.isRequested })
      }
      try show(report, context.console)
      let isWhole =
        report.lacking.isEmpty && report.unreadableSnapshots.isEmpty
        && !report.packs.contains { $0.outcome == .leftAlone }
      return isWhole ? .done : .damaged
    }
  }

  private func show(_ report: PackRepairReport, _ console: Console) throws(CommandError) {
    guard !console.isJSON else { return try show(json: report, console) }
    for pack in report.packs { try console.print(Terminal.harmless(text(pack))) }
    try showLosses(report.lacking, console)
    try console.show(report.unreadableSnapshots, as: "can't be read, so what it lacks is not known")
    guard !console.isQuiet else { return }
    try console.print("read \(Display.count(report.packsRead, "pack")), \(Display.size(report.bytesRead))")
    if report.written.count > 0 {
      try console.print(
        "saved what could be read in \(Display.count(report.written.count, "pack")), \(Display.size(report.written.bytes))"
      )
    }
    if report.isClean { try console.print("no damaged packs were found") }
    if !report.lacking.isEmpty {
      try console.print(
        "a backup of the same files stores what they still have of it again; then run repair snapshots for the rest")
    }
    if dryRun { try console.print("dry run: nothing was changed") }
  }

  /// Each snapshot and path once: a file may lack thousands of chunks.
  private func showLosses(_ lacking: [CheckFinding], _ console: Console) throws(CommandError) {
    guard !console.isVerbose else {
      for finding in lacking { try console.show(finding) }
      return
    }
    let snapshots = Set(lacking.flatMap(\.snapshots)).sorted().map { String($0.hex.prefix(8)) }
    guard !snapshots.isEmpty else { return }
    try console.print("something is missing in snapshots \(snapshots.joined(separator: " "))")
    for path in Set(lacking.flatMap(\.paths)).sorted() { try console.print("  affects \(Terminal.harmless(path))") }
    if lacking.contains(where: { $0.pathCount > $0.paths.count || $0.snapshotCount > $0.snapshots.count }) {
      try console.print("  and more; --verbose or --json name all")
    }
  }

  private func text(_ pack: PackRepairReport.Pack) -> String {
    let outcome =
      switch pack.outcome {
      case .salvaged:
        "\(pack.readable) of \(Display.count(pack.chunks, "chunk")) can be read, \(pack.lost) are lost"
      case .healed: "rebuilt from its parity"
      case .unreadable, .missing: "nothing can be read, \(Display.count(pack.lost, "chunk")) are lost"
      case .sound: "nothing is wrong with it"
      case .leftAlone: "left alone, for it may belong to a session that has not ended"
      }
    return "packs/\(pack.id): \(outcome) (\(pack.message))"
  }

  private func show(json report: PackRepairReport, _ console: Console) throws(CommandError) {
    for pack in report.packs {
      try console.json { json in
        json.field("message_type", "pack")
        json.field("id", pack.id.hex)
        json.field("outcome", pack.outcome.rawValue)
        json.field("message", pack.message)
        json.field("chunks", pack.chunks)
        json.field("readable", pack.readable)
        json.field("lost", pack.lost)
      }
    }
    for finding in report.lacking { try console.json { $0.fields(of: finding) } }
    try console.json { json in
      json.field("message_type", "summary")
      json.field("dry_run", dryRun)
      json.field("packs_read", report.packsRead)
      json.field("bytes_read", report.bytesRead)
      json.field("damaged_packs", report.packs.count { $0.outcome != .sound })
      json.field("lost_chunks", report.packs.reduce(0) { $0 + $1.lost })
      json.field("written_packs", report.written.count)
      json.field("written_bytes", report.written.bytes)
      json.problems("unreadable_snapshots", report.unreadableSnapshots)
    }
  }
}
