import ArgumentParser
import Format

struct Snapshots: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "List the snapshots.",
    discussion: "The oldest come first. Without SNAPSHOT all that pass the filters are shown.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Option(help: ArgumentHelp("Only the newest so many of each host and paths.", valueName: "n"))
  var latest: Int?

  @Argument(help: ArgumentHelp("Show only these.", valueName: "snapshot"))
  var names: [RawText] = []

  func validate() throws {
    if let latest, latest < 1 { throw ValidationError("--latest is at least 1") }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let catalog = try SnapshotCatalog(repository, context)
      let chosen = try newest(of: catalog.chosen(names, filter))
      if context.console.isJSON {
        var json = JSONWriter()
        try json.array { (json) throws(CommandError) in
          for snapshot in chosen { json.snapshot(snapshot) }
        }
        json.endLine()
        try json.write(to: context.console.output)
      } else {
        try show(chosen, context.console)
      }
      return catalog.damaged.isEmpty ? .done : .damaged
    }
  }

  /// The newest of each group, in the order of all.
  private func newest(of snapshots: [Snapshot]) -> [Snapshot] {
    guard let latest else { return snapshots }
    var counts: [[[UInt8]]: Int] = [:]
    return snapshots.reversed().filter { snapshot in
      let group = ([snapshot.host] + snapshot.paths).map { Array($0.utf8) }
      counts[group, default: 0] += 1
      return counts[group, default: 0] <= latest
    }.reversed()
  }

  private func show(_ snapshots: [Snapshot], _ console: Console) throws(CommandError) {
    // Most repositories have no pins to show.
    let hasPins = snapshots.contains(where: \.isPinned)
    var table = Table(
      [.init("ID"), .init("Time"), .init("Host"), .init("Tags"), .init("Label")] + (hasPins ? [.init("Pinned")] : [])
        + [.init("Size", .right), .init("Paths")])
    for snapshot in snapshots {
      table.append(
        [
          snapshot.shortID, Display.localTime(Instant(snapshot.time)), Terminal.escaped(snapshot.host.utf8),
          Terminal.escaped(snapshot.tags.joined(separator: ",").utf8), Terminal.escaped(snapshot.label.utf8),
        ] + (hasPins ? [snapshot.isPinned ? "pinned" : ""] : []) + [
          Display.size(snapshot.statistics.bytes),
          // Stored paths are text that is escaped already.
          Terminal.harmless(snapshot.paths.joined(separator: " ")),
        ])
    }
    if snapshots.isEmpty { return console.note("no snapshots") }
    try console.output.write(table.rendered())
    console.note(Display.count(snapshots.count, "snapshot"))
  }
}
