import ArgumentParser
import Format
import Repository
import Snapshots

struct Stats: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Show how much the repository, or snapshots in it, hold and take.",
    discussion: """
      Without SNAPSHOT, what the index says of the whole repository. With SNAPSHOT or --each, for each snapshot: the size of \
      its files as they would be restored, what is left when equal parts count once, and what that takes in the repository, \
      shared with other snapshots or not.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Flag(help: "Show each snapshot that passes the filters.")
  var each = false

  @Argument(help: ArgumentHelp("Show these snapshots.", valueName: "snapshot"))
  var names: [RawText] = []

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let catalog = try SnapshotCatalog(repository, context)
      try repository.refreshIndex(warning: context.console)
      if each || !names.isEmpty {
        let reading = try repository.reading(to: "read directories")
        try show(catalog.chosen(names, filter).map { try SnapshotSizes(of: $0, reading) }, context.console)
      } else {
        try show(try repository.storedTotals(), snapshots: catalog.snapshots.count, context.console)
      }
      return .done
    }
  }

  private func show(_ totals: StoredTotals, snapshots: Int, _ console: Console) throws(CommandError) {
    guard !console.isJSON else {
      return try console.json { json in
        json.field("snapshots", snapshots)
        json.field("segments", totals.segments)
        json.field("packs", totals.packs)
        json.field("frames", totals.frames)
        json.field("index_entries", totals.chunks)
        json.field("deduplicated_bytes", totals.chunkBytes)
        json.field("frame_bytes", totals.frameBytes)
        json.field("stored_bytes", totals.packBytes)
        json.field("compression_ratio", Self.ratio(totals.chunkBytes, totals.packBytes))
      }
    }
    var table = Table([.init(""), .init("", .right), .init("")])
    table.append(["snapshots", Display.count(snapshots), ""])
    table.append(["index entries", Display.count(totals.chunks), "in \(Display.count(totals.segments, "segment"))"])
    table.append(["packs", Display.count(totals.packs), "with \(Display.count(totals.frames, "frame"))"])
    table.append(["deduplicated", Display.size(totals.chunkBytes), ""])
    table.append([
      "stored", Display.size(totals.packBytes),
      "compressed \(Self.text(Self.ratio(totals.chunkBytes, totals.packBytes)))",
    ])
    try console.output.write(table.rendered(withTitles: false))
  }

  private func show(_ all: [SnapshotSizes], _ console: Console) throws(CommandError) {
    guard !console.isJSON else {
      var json = JSONWriter()
      json.array { json in
        for sizes in all { json.sizes(sizes) }
      }
      json.endLine()
      return try json.write(to: console.output)
    }
    var table = Table([
      .init("ID"), .init("Time"), .init("Files", .right), .init("Size", .right), .init("Deduplicated", .right),
      .init("Stored", .right), .init("Compressed", .right),
    ])
    for sizes in all {
      table.append([
        sizes.snapshot.shortID, Display.localTime(Instant(sizes.snapshot.time)), Display.count(sizes.files),
        Display.size(sizes.bytes), Display.size(sizes.uniqueBytes), Display.size(sizes.storedBytes),
        Self.text(sizes.compressionRatio),
      ])
    }
    try console.output.write(table.rendered())
  }

  /// How many times smaller the second number is.
  static func ratio(_ raw: UInt64, _ stored: UInt64) -> Double {
    stored == 0 ? 1 : (Double(raw) / Double(stored) * 100).rounded() / 100
  }

  private static func text(_ ratio: Double) -> String { "\(ratio)×" }
}

extension JSONWriter {
  fileprivate mutating func sizes(_ sizes: SnapshotSizes) {
    object { json in
      json.field("snapshot", sizes.snapshot.id.hex)
      json.field("time", Display.rfc3339(Instant(sizes.snapshot.time)))
      json.field("files", sizes.files)
      json.field("directories", sizes.directories)
      json.field("others", sizes.others)
      json.field("chunks", sizes.chunks)
      json.field("raw_bytes", sizes.bytes)
      json.field("deduplicated_bytes", sizes.uniqueBytes)
      json.field("stored_bytes", sizes.storedBytes)
      json.field("compression_ratio", sizes.compressionRatio)
    }
  }
}
