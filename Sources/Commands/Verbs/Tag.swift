import ArgumentParser
import Snapshots

struct Tag: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Change the tags of snapshots.",
    discussion: """
      Tags are joined by commas: --add weekly,db. Those of --add are added, then those of --remove removed; --set puts \
      others in the place of all, and --set "" leaves none. A snapshot that changes gets a new id.

      --tag is a filter, as with other commands: firn tag --tag old --set new.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(help: ArgumentHelp("Add these tags (may be repeated).", valueName: "tags"))
  var add: [String] = []

  @Option(help: ArgumentHelp("Remove these tags (may be repeated).", valueName: "tags"))
  var remove: [String] = []

  @Option(help: ArgumentHelp("Leave exactly these tags (may be repeated).", valueName: "tags"))
  var set: [String] = []

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be.")
  var dryRun = false

  @OptionGroup var selection: SnapshotSelection

  func validate() throws {
    if add.isEmpty, remove.isEmpty, set.isEmpty {
      throw ValidationError("say what to change: --add, --remove or --set")
    }
    if !set.isEmpty, !(add.isEmpty && remove.isEmpty) {
      throw ValidationError("--set excludes --add and --remove")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    var change = SnapshotChange()
    change.tags = set.isEmpty ? .edited(adding: Self.tags(add), removing: Self.tags(remove)) : .set(Self.tags(set))
    return try SnapshotChangeRun(change: change, selection: selection, isRehearsal: dryRun, context: context)
      .run(on: repository)
  }

  private static func tags(_ lists: [String]) -> [String] {
    lists.flatMap { $0.split(separator: ",").map(String.init) }
  }
}
