import ArgumentParser
import Format
import Repository
import Snapshots

struct List: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the files in a snapshot.",
    discussion: "Without PATH everything is listed, else what stands at each path and below it.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Flag(name: .shortAndLong, help: "Show permissions, owners, sizes and times too.")
  var long = false

  @Flag(inversion: .prefixedNo, help: "List what is in directories, and in those, and so on.")
  var recursive = true

  @Argument(help: ArgumentHelp("The snapshot, or SNAPSHOT:PATH.", valueName: "snapshot"))
  var snapshot: RawText

  @Argument(help: ArgumentHelp("What to list.", valueName: "path"))
  var paths: [RawText] = []

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let reading = try repository.reading(to: "list files")
      let (found, path) = try SnapshotCatalog(repository, context).split(snapshot, filter)
      try repository.refreshIndex(warning: context.console)
      let opened = try OpenSnapshot(found, reading)
      let console = context.console
      if console.isJSON {
        try console.json { json in
          json.field("message_type", "snapshot")
          json.fields(of: found)
        }
      } else if console.isVerbose {
        console.detail("snapshot \(found.shortID) of \(Display.localTime(Instant(found.time)))")
      }
      let below = path ?? []
      for start in paths.isEmpty ? [below] : paths.map({ below + [SnapshotPath.separator] + $0.bytes }) {
        try opened.walk(from: start, isRecursive: recursive) { entry in try show(entry, console) }
      }
      return .done
    }
  }

  private func show(_ entry: TreeEntry, _ console: Console) throws(CommandError) {
    if console.isJSON {
      try console.json { json in
        json.field("message_type", "node")
        json.fields(of: entry)
      }
    } else if long {
      try console.print(entry.longLine)
    } else {
      try console.print(path: entry.path)
    }
  }
}
