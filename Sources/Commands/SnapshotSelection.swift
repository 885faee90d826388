import ArgumentParser
import Format

/// Which snapshots a command is to change: those that are named, those that pass filters, or all. Never all by omission.
struct SnapshotSelection: ParsableArguments {
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Flag(help: "All snapshots, or all that pass the filters.")
  var all = false

  @Argument(help: ArgumentHelp("These snapshots.", valueName: "snapshot"))
  var names: [RawText] = []

  func validate() throws {
    if all, !names.isEmpty { throw ValidationError("name snapshots or give --all, not both") }
    if !all, names.isEmpty, filter.isEmpty {
      throw ValidationError("name the snapshots, choose them with --host, --path or --tag, or give --all")
    }
  }

  /// The snapshots that are meant, oldest first, each once.
  func chosen(from catalog: SnapshotCatalog) throws(CommandError) -> [Snapshot] {
    try catalog.chosen(names, filter)
  }
}

extension SnapshotCatalog {
  /// The snapshots that arguments name or, where there are none, those that pass the filter: oldest first, each once.
  func chosen(_ names: [RawText], _ filter: SnapshotFilter) throws(CommandError) -> [Snapshot] {
    guard !names.isEmpty else { return filter.apply(to: snapshots) }
    var chosen: Set<SnapshotID> = []
    for name in names { chosen.insert(try snapshot(name, filter).id) }
    return snapshots.filter { chosen.contains($0.id) }
  }
}
