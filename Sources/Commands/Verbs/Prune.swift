import ArgumentParser
import Format
import Repository
import Synchronization

struct PruneCommand: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove what no snapshot needs.",
    discussion: """
      Packs in which nothing is needed are removed; of packs that are partly needed, so many are written again that what \
      stays unused is within --max-unused. Backups, restores and checks may run meanwhile. What can't be removed because \
      a backup is running that may refer to it waits for the next prune.

      A prune that was cut off is simply run again. The password must be that of a key with the role "full". The exit code is \
      11 when something waits for a session to end, or another prune is running.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Prune") var settings: PruneSettings

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be removed.")
  var dryRun = false

  func run(_ context: CommandContext) throws -> ExitCode {
    var options = settings.options
    if dryRun { options.rehearsal = [] }
    return try repository.withRepository(context) { repository in
      try PruneRun(repository: repository, context: context).prune(options)
    }
  }
}

/// How far a prune goes, how long it waits, and how small what it writes is made.
struct PruneSettings: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How much may stay unused: a share of what is needed, a size, or \"unlimited\" to write nothing again (default: 3%).",
      valueName: "n%|size"))
  var maxUnused: UnusedLimitArgument?

  @Option(help: ArgumentHelp("Write at most so much of the packs again.", valueName: "size"))
  var maxRepack: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Wait so long for backups that are running before leaving the rest to the next prune (default: 5m).",
      valueName: DurationArgument.valueName))
  var waitForBackups: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Take sessions for dead that began so long ago (default: 24h). One that still runs starts again by itself.",
      valueName: DurationArgument.valueName))
  var fenceAfter: DurationArgument?

  @OptionGroup var compression: CompressionOption

  /// The options that the flags describe.
  var options: PruneOptions {
    var options = PruneOptions()
    if let maxUnused { options.unused = maxUnused.limit }
    options.repackLimit = maxRepack?.bytes
    options.compression = compression.level
    if let waitForBackups { options.patience = waitForBackups.duration }
    if let fenceAfter { options.fencingAge = fenceAfter.duration }
    return options
  }
}

/// "n%", a size, or "unlimited".
struct UnusedLimitArgument: ExpressibleByArgument {
  let limit: PruneOptions.UnusedLimit

  init?(argument: String) {
    if argument == "unlimited" {
      limit = .unlimited
    } else if argument.hasSuffix("%") {
      guard let share = Double(argument.dropLast()), share >= 0, share <= 100 else { return nil }
      limit = .percentage(share)
    } else {
      guard let size = SizeArgument(argument) else { return nil }
      limit = .bytes(size.bytes)
    }
  }
}

extension DurationArgument: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}
