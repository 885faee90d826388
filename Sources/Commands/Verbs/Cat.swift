import ArgumentParser
import Format
import Repository
import Snapshots

struct Cat: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Show one object of the repository, opened.",
    discussion: """
      KIND is one of
        config    the repository's parameters
        key       the public part of a key slot
        snapshot  a snapshot's record
        index     what an index segment describes
        pack      the directory of a pack
        tree      a directory as it is stored (the id of a tree, or SNAPSHOT:PATH)
        chunk     the bytes of a chunk of data, as they are
      All but chunks are JSON. The start of an id will do, except for trees and chunks.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Argument(help: "What kind of object.")
  var kind: ObjectKind

  @Argument(help: "Its id; config has none.")
  var id: RawText?

  func validate() throws {
    if kind == .config, id != nil { throw ValidationError("config has no id") }
    if kind != .config, id == nil { throw ValidationError("say which \(kind.rawValue): cat \(kind.rawValue) ID") }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let text = id.map { String(decoding: $0.bytes, as: UTF8.self).lowercased() } ?? ""
      var json = JSONWriter()
      switch kind {
      case .config: json.configuration(repository.configuration)
      case .key: json.keySlot(try repository.keySlot(named: text))
      case .snapshot:
        let catalog = try SnapshotCatalog(repository, context)
        json.snapshot(try catalog.snapshot(id ?? RawText(text.utf8)))
      case .index: json.indexSegment(try indexSegment(text, repository))
      case .pack: json.pack(try pack(text, repository))
      case .tree: try json.tree(try tree(text, repository, context))
      case .chunk: return try writeChunk(text, repository, context.console)
      }
      json.endLine()
      try json.write(to: context.console.output)
      return .done
    }
  }

  private func indexSegment(_ prefix: String, _ repository: Repository) throws -> IndexSegment {
    let matches = try repository.indexSegments().filter { $0.text.hasPrefix(prefix) }
    return try repository.indexSegment(try only(of: matches, prefix, "index segment"))
  }

  private func pack(_ prefix: String, _ repository: Repository) throws -> PackDescription {
    try repository.refreshIndex()
    return try only(of: try repository.packs(withPrefix: prefix), prefix, "pack")
  }

  private func only<Match>(of matches: [Match], _ prefix: String, _ kind: String) throws(CommandError) -> Match {
    guard let first = matches.first else {
      throw CommandError(.failed, "there is no \(kind) \(Terminal.escaped(prefix.utf8))")
    }
    guard matches.count == 1 else {
      throw CommandError(
        .usage, "\(Terminal.escaped(prefix.utf8)) is the start of \(matches.count) ids; give more digits")
    }
    return first
  }

  /// The nodes of a tree that is named by its id or by a path.
  private func tree(_ text: String, _ repository: Repository, _ context: CommandContext) throws -> [Node] {
    let reading = try repository.reading(to: "read directories")
    var tree = ChunkID(hex: text)
    if tree == nil, let id {
      let catalog = try SnapshotCatalog(repository, context)
      let (snapshot, path) = try catalog.split(id)
      try repository.refreshIndex()
      let location = try OpenSnapshot(snapshot, reading).tree.locate(path ?? [])
      tree = location.tree
      if tree == nil { throw CommandError(.failed, "\(Terminal.escaped(location.path)) is not a directory") }
    } else {
      try repository.refreshIndex()
    }
    guard let tree else { preconditionFailure("an id was given") }
    return try reading.treeReader().nodes(of: tree)
  }

  private func writeChunk(_ text: String, _ repository: Repository, _ console: Console) throws -> ExitCode {
    guard let chunk = ChunkID(hex: text) else {
      throw CommandError(.usage, "\"\(Terminal.escaped(text.utf8))\" is no chunk id: 64 digits are needed")
    }
    let reading = try repository.reading(to: "read chunks")
    try repository.refreshIndex()
    try console.output.write(try reading.chunkReader().withChunk(chunk, kind: .data) { Array($0) })
    return .done
  }
}

/// What `cat` can show.
enum ObjectKind: String, ExpressibleByArgument, CaseIterable, Sendable {
  case config, key, snapshot, index, pack, tree, chunk
}
