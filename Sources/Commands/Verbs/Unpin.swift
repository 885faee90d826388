import ArgumentParser
import Snapshots

struct Unpin: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Leave snapshots to the retention policy again.",
    discussion: """
      The opposite of "firn pin". A snapshot that changes gets a new id.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be.")
  var dryRun = false

  @OptionGroup var selection: SnapshotSelection

  func run(_ context: CommandContext) throws -> ExitCode {
    var change = SnapshotChange()
    change.isPinned = false
    return try SnapshotChangeRun(change: change, selection: selection, isRehearsal: dryRun, context: context)
      .run(on: repository)
  }
}
