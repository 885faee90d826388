import ArgumentParser
import Format
import Glibc

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
    let paths = path.map { Self.text(ofPath: $0.bytes) }
    let tags = tagSets
    return snapshots.filter { snapshot in
      (host.isEmpty || host.contains(snapshot.host)) && paths.allSatisfy(snapshot.paths.contains)
        && (tags.isEmpty || tags.contains { $0.allSatisfy(snapshot.tags.contains) })
    }
  }

  /// The path as snapshots write it: absolute, without a slash at the end.
  private static func text(ofPath path: [UInt8]) -> String {
    var path = path
    if path.first != UInt8(ascii: "/") {
      let directory = getcwd(nil, 0)
      defer { free(directory) }
      if let directory { path = Array(String(cString: directory).utf8) + [UInt8(ascii: "/")] + path }
    }
    let components = path.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
    return PathText.escape(Array("/".utf8) + components.joined(separator: [UInt8(ascii: "/")]))
  }
}
