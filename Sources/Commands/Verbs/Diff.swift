import ArgumentParser
import Format
import Repository
import Snapshots

struct Diff: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Show how two snapshots differ.",
    discussion: """
      One line for each path, with a mark before it:
        +  added          -  removed       M  other content
        T  other type     U  other metadata only (owner, permissions, times, attributes)
      With SNAPSHOT:PATH, only what is below the two paths is compared.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Flag(inversion: .prefixedNo, help: "Show entries of which only the metadata differ.")
  var metadata = true

  @Argument(help: ArgumentHelp("The snapshot to compare with.", valueName: "old"))
  var old: RawText

  @Argument(help: ArgumentHelp("The snapshot to compare.", valueName: "new"))
  var new: RawText

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let reading = try repository.reading(to: "compare snapshots")
      let catalog = try SnapshotCatalog(repository, context)
      try repository.refreshIndex(warning: context.console)
      let left = try Side(old, catalog, filter, reading)
      let right = try Side(new, catalog, filter, reading)
      let console = context.console
      let counts = try SnapshotDiff(reader: left.opened.trees).compare(left.tree, right.tree, path: right.path) {
        (difference) throws(SnapshotsError) in
        guard metadata || difference.kind != .metadata else { return }
        do throws(CommandError) {
          try Interruption.check()
          try show(difference, console)
        } catch {
          throw SnapshotsError(.cancelled, "the comparison ended", cause: error)
        }
      }
      try left.opened.trees.flush()
      try report(counts, left.opened.snapshot, right.opened.snapshot, console)
      return .done
    }
  }

  /// One of the two directories.
  private struct Side {
    let opened: OpenSnapshot
    let path: [UInt8]
    let tree: ChunkID

    init(
      _ name: RawText, _ catalog: SnapshotCatalog, _ filter: SnapshotFilter, _ reading: RepositoryReading
    ) throws {
      let (snapshot, path) = try catalog.split(name, filter)
      opened = try OpenSnapshot(snapshot, reading)
      let location = try opened.tree.locate(path ?? [])
      guard let tree = location.tree else {
        throw CommandError(.failed, "\(Terminal.escaped(location.path)) is not a directory")
      }
      self.path = location.path
      self.tree = tree
    }
  }

  private func show(_ difference: SnapshotDifference, _ console: Console) throws(CommandError) {
    guard console.isJSON else {
      let slash = (difference.new ?? difference.old)?.type == .directory ? "/" : ""
      return try console.print("\(difference.kind.mark)  \(Terminal.escaped(difference.path))\(slash)")
    }
    try console.json { json in
      json.field("message_type", "change")
      json.field("modifier", difference.kind.mark)
      json.field("path", path: difference.path)
      if let old = difference.old { json.side("old", old) }
      if let new = difference.new { json.side("new", new) }
    }
  }

  private func report(
    _ counts: DifferenceCounts, _ old: Snapshot, _ new: Snapshot, _ console: Console
  ) throws(CommandError) {
    let rows = [
      ("added", counts.added), ("removed", counts.removed), ("other content", counts.content),
      ("other metadata", counts.metadata),
    ]
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "statistics")
        json.field("old_snapshot", old.id.hex)
        json.field("new_snapshot", new.id.hex)
        for (name, count) in rows {
          json.object(name == "added" || name == "removed" ? name : String(name.dropFirst(6))) { json in
            json.field("files", count.files)
            json.field("directories", count.directories)
            json.field("others", count.others)
            json.field("bytes", count.bytes)
          }
        }
      }
    }
    guard !console.isQuiet else { return }
    var table = Table([
      .init(""), .init("Files", .right), .init("Directories", .right), .init("Others", .right), .init("Size", .right),
    ])
    for (name, count) in rows {
      table.append([
        name, Display.count(count.files), Display.count(count.directories), Display.count(count.others),
        Display.size(count.bytes),
      ])
    }
    try console.print("")
    try console.output.write(table.rendered())
  }
}

extension SnapshotDifference.Kind {
  /// The letter that stands before a path.
  fileprivate var mark: String {
    switch self {
    case .added: "+"
    case .removed: "-"
    case .content: "M"
    case .type: "T"
    case .metadata: "U"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func side(_ name: String, _ node: Node) {
    object(name) { json in
      json.field("type", node.type.name)
      if node.type == .file { json.field("size", node.size) }
      json.field("mtime", Display.rfc3339(Instant(node.mtime)))
    }
  }
}
