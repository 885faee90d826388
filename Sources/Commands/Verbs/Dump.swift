import ArgumentParser
import Format
import Repository
import Snapshots

struct Dump: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Write a file of a snapshot to standard output, or a directory as a tar archive.",
    discussion: "The archive is in the pax format. Holes are zeros in it; sockets, which it can't hold, are left out.")

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
      try repository.refreshIndex(warning: context.console)
      let opened = try OpenSnapshot(found, reading)
      let location = try opened.tree.locate((start ?? []) + [SnapshotPath.separator] + (path?.bytes ?? []))
      let output = context.console.output
      let chunks = try reading.chunkReader()
      if case .entry(let entry) = location, entry.node.type == .file {
        try Self.write(entry, ContentReader(chunks: chunks), to: output)
      } else {
        try refuseTerminal()
        var writer = TarWriter(trees: opened.trees, chunks: chunks) { (bytes) throws(SnapshotsError) in
          try Self.write(bytes, to: output)
        }
        try writer.write(location)
        if writer.socketsPassedOver > 0 {
          let sockets = Display.count(writer.socketsPassedOver, "socket")
          context.console.warning("\(sockets) left out, which a tar archive can't hold")
        }
      }
      return .done
    }
  }

  private func refuseTerminal() throws(CommandError) {
    guard Terminal.output.isTerminal else { return }
    throw CommandError(.usage, "a directory is written as a tar archive; send the output to a file or a program")
  }

  private static func write(_ entry: TreeEntry, _ reader: ContentReader, to output: TextOutput) throws {
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    try reader.read(entry) { (piece) throws(SnapshotsError) in
      switch piece {
      case .data(let bytes): try write(bytes, to: output)
      case .zeros(var count, _):
        while count > 0 {
          let part = min(count, UInt64(zeros.count))
          try zeros.withUnsafeBufferPointer { (zeros) throws(SnapshotsError) in
            try write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(zeros)[..<Int(part)]), to: output)
          }
          count -= part
        }
      }
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to output: TextOutput) throws(SnapshotsError) {
    do throws(CommandError) {
      try Interruption.check()
      try output.write(bytes)
    } catch {
      throw SnapshotsError(.cancelled, "the output ended", cause: error)
    }
  }
}
