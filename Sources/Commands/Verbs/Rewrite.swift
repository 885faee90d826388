import ArgumentParser
import Patterns
import Snapshots

struct Rewrite: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Drop paths from snapshots that were taken.",
    discussion: """
      Makes of each snapshot another one without what matches the patterns: the snapshot that a backup with these patterns \
      would have made. The old one stays beside it, and the new one gets the tag "rewrite"; with --forget the new one \
      takes its place. Only then does the next prune free what was dropped, if no other snapshot has it.

      A snapshot in which nothing matches is left alone. Try it with --dry-run --verbose first.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "What to drop") var patterns: ExcludePatternOptions

  @Flag(help: "Remove the old snapshots.")
  var forget = false

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be.")
  var dryRun = false

  @OptionGroup var selection: SnapshotSelection

  func validate() throws {
    if patterns.isEmpty { throw ValidationError("say what to drop: --exclude, --iexclude or --exclude-file") }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    var change = SnapshotChange()
    let (list, descriptions) = try patterns.patterns()
    guard !list.isEmpty else { throw CommandError(.usage, "nothing to drop: there are no patterns in the files") }
    change.excluded = list
    change.excludeDescriptions = descriptions
    change.keepsOld = !forget
    return try SnapshotChangeRun(change: change, selection: selection, isRehearsal: dryRun, context: context)
      .run(on: repository)
  }
}
