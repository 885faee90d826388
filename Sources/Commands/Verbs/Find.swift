import ArgumentParser
import Format
import Patterns
import Repository
import Snapshots

struct Find: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Find files in snapshots by name.",
    discussion: """
      A pattern without "/" is compared with names, one with "/" with paths: "*.pdf", "/etc/**/*.conf". All snapshots \
      that pass the filters are searched, oldest first.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Option(help: ArgumentHelp("Search only this snapshot (may be repeated).", valueName: "snapshot"))
  var snapshot: [RawText] = []

  @Flag(name: .shortAndLong, help: "Whatever the case of letters.")
  var ignoreCase = false

  @Option(help: ArgumentHelp("Only entries of this type.", valueName: "type"))
  private var type: EntryType?

  @Option(help: ArgumentHelp("Only what was modified at this time or later.", valueName: "time"))
  var newer: String?

  @Option(help: ArgumentHelp("Only what was modified at this time or earlier.", valueName: "time"))
  var older: String?

  @Flag(name: .shortAndLong, help: "Show permissions, owners, sizes and times too.")
  var long = false

  @Argument(help: ArgumentHelp("What to look for.", valueName: "pattern"))
  var patterns: [RawText]

  func run(_ context: CommandContext) throws -> ExitCode {
    let criteria = try criteria(context.now)
    return try repository.withRepository(context) { repository in
      let reading = try repository.reading(to: "find files")
      let catalog = try SnapshotCatalog(repository, context)
      let chosen = try catalog.chosen(snapshot, filter)
      try repository.refreshIndex(warning: context.console)
      for snapshot in chosen {
        try search(OpenSnapshot(snapshot, reading), criteria, context.console)
      }
      return .done
    }
  }

  private struct Criteria {
    let patterns: [PathPattern]
    let type: FileType?
    let earliest: Instant?
    let latest: Instant?

    func match(_ entry: TreeEntry) -> Bool {
      let time = Instant(entry.node.mtime)
      return (type.map { $0 == entry.node.type } ?? true) && (earliest.map { $0 <= time } ?? true)
        && (latest.map { time <= $0 } ?? true) && patterns.contains { $0.matchesEntry(entry.path) }
    }
  }

  private func criteria(_ now: Instant) throws -> Criteria {
    let sensitivity = ignoreCase ? CaseSensitivity.insensitive : .sensitive
    return Criteria(
      patterns: try patterns.map { try PathPattern($0.bytes, caseSensitivity: sensitivity) }, type: type?.type,
      earliest: try time(newer, now)?.start, latest: try time(older, now)?.end)
  }

  private func time(_ text: String?, _ now: Instant) throws(CommandError) -> TimeArgument? {
    guard let text else { return nil }
    guard let time = TimeArgument(text, now: now) else {
      throw CommandError(.usage, "\"\(Terminal.escaped(text.utf8))\" is no time")
    }
    return time
  }

  private func search(_ opened: OpenSnapshot, _ criteria: Criteria, _ console: Console) throws {
    var isFirst = true
    try opened.walk(from: []) { entry in
      guard criteria.match(entry) else { return }
      if console.isJSON {
        return try console.json { json in
          json.field("message_type", "match")
          json.field("snapshot", opened.snapshot.id.hex)
          json.fields(of: entry)
        }
      }
      if isFirst {
        console.note("snapshot \(opened.snapshot.shortID) of \(Display.localTime(Instant(opened.snapshot.time)))")
        isFirst = false
      }
      try console.print("\(opened.snapshot.shortID)  \(long ? entry.longLine : entry.escapedPath)")
    }
  }
}

/// The type of an entry, as the command line names it.
private struct EntryType: ExpressibleByArgument {
  let type: FileType

  init?(argument: String) {
    guard let type = FileType.allCases.first(where: { $0.name == argument }) else { return nil }
    self.type = type
  }

  static var allValueStrings: [String] { FileType.allCases.map(\.name) }
}
