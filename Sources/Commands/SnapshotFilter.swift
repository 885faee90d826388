import ArgumentParser
import FileSystem
import Format
import Snapshots

/// Which snapshots are meant, where a command looks at several or at the latest.
struct SnapshotFilter: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Only snapshots of this host (may be repeated).", valueName: "host"))
  var host: [String] = []

  @Option(
    name: .long, help: ArgumentHelp("Only snapshots of this path (repeated: of all of them).", valueName: "path"))
  var path: [RawText] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only snapshots with these tags, joined by commas (repeated: with any of the sets).", valueName: "tags"))
  var tag: [String] = []

  func validate() throws {
    guard tagSets.allSatisfy({ !$0.isEmpty }) else {
      throw ValidationError("--tag without a tag would mean all snapshots; leave it out for that")
    }
  }

  private var tagSets: [[String]] { tag.map { $0.split(separator: ",").map(String.init) } }

  /// Whether nothing is left out.
  var isEmpty: Bool { host.isEmpty && path.isEmpty && tag.isEmpty }

  /// The snapshots that pass, in their order.
  func apply(to snapshots: [Snapshot]) -> [Snapshot] {
    let paths = path.map { Self.texts(ofPath: $0.bytes) }
    let tags = tagSets
    return snapshots.filter { snapshot in
      (host.isEmpty || host.containsBytes(of: snapshot.host))
        && paths.allSatisfy { $0.contains(where: snapshot.paths.containsBytes(of:)) }
        && (tags.isEmpty || tags.contains { $0.allSatisfy(snapshot.tags.containsBytes(of:)) })
    }
  }

  /// The path as snapshots may write it: absolute, without a slash at the end; as it was given, for snapshots of other
  /// machines, and as a backup of it on this one has it.
  private static func texts(ofPath path: [UInt8]) -> [String] {
    let whole = (try? absolutePath(path)) ?? path
    let components = whole.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
    let given = PathText.escape(Array("/".utf8) + components.joined(separator: [UInt8(ascii: "/")]))
    return [given] + (PathBytes(path).flatMap { try? Archiver.recordedText(of: $0) }.map { [$0] } ?? [])
  }
}
