import ArgumentParser
import Format
import Repository
import Snapshots

struct Dump: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Write a file of a snapshot to standard output, or a directory as a tar archive.")

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Filters") var filter: SnapshotFilter

  @Argument(help: ArgumentHelp("The snapshot, or SNAPSHOT:PATH.", valueName: "snapshot"))
  var snapshot: RawText

  @Argument(help: ArgumentHelp("The file or directory.", valueName: "path"))
  var path: RawText?

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let reading = try repository.reading(to: "read files")
      let (found, start) = try SnapshotCatalog(repository, context).split(snapshot, filter)
      guard path != nil || start != nil else { throw CommandError(.usage, "say which path to write: SNAPSHOT PATH") }
      try repository.refreshIndex()
      let opened = try OpenSnapshot(found, reading)
      let location = try opened.tree.locate((start ?? []) + [SnapshotPath.separator] + (path?.bytes ?? []))
      let output = context.console.output
      switch location {
      case .entry(let entry) where entry.node.type == .file:
        try Self.write(entry, try ContentReader(chunks: reading.chunkReader()), to: output)
      case .root, .entry:
        throw CommandError(.failed, "\(Terminal.escaped(location.path)) is not a regular file")
      }
      return .done
    }
  }

  private static func write(_ entry: TreeEntry, _ reader: ContentReader, to output: TextOutput) throws {
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    try reader.read(entry) { (piece) throws(SnapshotsError) in
      do throws(CommandError) {
        try Interruption.check()
        switch piece {
        case .data(let bytes): try output.write(Array(bytes))
        case .zeros(var count, _):
          while count > 0 {
            let part = min(count, UInt64(zeros.count))
            try output.write(Array(zeros[..<Int(part)]))
            count -= part
          }
        }
      } catch {
        throw SnapshotsError(.cancelled, "the output ended", cause: error)
      }
    }
  }
}
