import FileSystem
import Format
import Patterns
import Repository

/// Drops from a snapshot's tree what exclude patterns match, and what can't be had; or writes it for another repository. For one
/// thread, and for the trees of one snapshot.
///
/// Only directories on the way to something that was dropped are encoded again, exactly as a backup with these patterns
/// would have; all others keep their trees. For another repository all are, as a backup to that would have. It doesn't recurse,
/// so a tree of any depth can't exhaust the stack.
struct TreeRewriter {
  /// A directory whose entries are gone through.
  private struct Level {
    let tree: ChunkID
    let path: [UInt8]
    let selection: Selection
    let owners: StoredOwners
    /// Those that stay.
    var nodes: [Node]
    /// Not the same entries as before, or not the same trees in them.
    var hasChanged: Bool
    var next = 0
  }

  private let repository: Repository
  private let reader: TreeReader
  private let writer: ChunkWriter
  private let probe: ContentProbe?
  private let transfer: TreeTransfer?
  private let observe: (RewriteStep) throws -> Void
  private var levels: [Level] = []
  /// What stays, as a backup counts it: files, directories, others and bytes.
  private(set) var statistics = SnapshotStatistics()

  /// - Parameters:
  ///   - repository: that of the writer, whose cache gets the new trees.
  ///   - probe: what says which entries can be had; nil to look at none.
  ///   - transfer: what is called otherwise in the writer's repository than in the reader's; nil if they are the same.
  ///   - observe: told of each step; what it throws ends the work.
  init(
    repository: Repository, reader: TreeReader, writer: ChunkWriter, probe: ContentProbe? = nil,
    transfer: TreeTransfer? = nil, observe: @escaping (RewriteStep) throws -> Void
  ) {
    self.probe = probe
    self.transfer = transfer
    self.repository = repository
    self.reader = reader
    self.writer = writer
    self.observe = observe
  }

  /// The tree of the directory `/` without what matches; `tree` itself if nothing does.
  ///
  /// - Parameter sources: the paths that were backed up. As in a backup, they and what leads to them stay; see `Selection`.
  mutating func rewrite(
    _ tree: ChunkID, sources: SourceTree = .everything, excluding patterns: PathPatternList = PathPatternList()
  ) throws -> ChunkID {
    if let known = try transfer?.known(tree) { return known }
    var exclusions = Exclusions()
    exclusions.patterns = patterns
    try enter(tree, path: SnapshotPath.root, selection: Selection(exclusions, sources: sources))
    while let top = levels.indices.last {
      if levels[top].next < levels[top].nodes.count {
        try visit(levels[top].nodes[levels[top].next], at: top)
        continue
      }
      let done = levels.removeLast()
      let tree = done.hasChanged || transfer != nil ? try store(done) : done.tree
      try transfer?.remember(done.tree, as: tree)
      statistics.directories += 1
      guard top > 0 else { return tree }
      replaceTree(by: tree, at: top - 1)
    }
    preconditionFailure("the root directory is left last")
  }

  /// Counts an entry, or enters it if it is a directory; then it is passed when that is left.
  private mutating func visit(_ node: Node, at level: Int) throws {
    if let probe, try !probe.canRead(node) {
      levels[level].nodes.remove(at: levels[level].next)
      levels[level].hasChanged = true
      return try observe(.dropped(path: SnapshotPath.appending(node.name, to: levels[level].path)))
    }
    switch node.content {
    case .directory(let tree):
      if let known = try transfer?.known(tree) { return replaceTree(by: known, at: level) }
      return try enter(
        tree, path: SnapshotPath.appending(node.name, to: levels[level].path),
        selection: levels[level].selection.entering(try name(of: node, in: levels[level].tree)))
    case .file(let items):
      if let transfer { levels[level].nodes[levels[level].next].content = .file(try transfer.content(items)) }
      statistics.files += 1
      // Whoever wrote the tree may have made sizes up.
      statistics.bytes &+= node.size
    case .symbolicLink, .device, .none: statistics.others += 1
    }
    levels[level].next += 1
  }

  private mutating func enter(_ tree: ChunkID, path: [UInt8], selection: Selection) throws {
    try observe(.entered(path: path))
    var owners = StoredOwners()
    var nodes: [Node] = []
    var hasChanged = false
    var leaves = reader.leaves(of: tree)
    while let leaf = try next(&leaves, path) {
      owners.add(leaf)
      for node in leaf.nodes {
        guard selection.leavesOut(try name(of: node, in: tree), isDirectory: node.type == .directory) else {
          nodes.append(node)
          continue
        }
        hasChanged = true
        try observe(.dropped(path: SnapshotPath.appending(node.name, to: path)))
      }
    }
    levels.append(
      Level(
        tree: tree, path: path, selection: selection, owners: owners, nodes: nodes, hasChanged: hasChanged))
  }

  private func name(of node: Node, in tree: ChunkID) throws(SnapshotsError) -> FileName {
    guard let name = FileName(node.name) else {
      throw SnapshotsError(.damaged, "tree \(tree) has an entry with an illegal name")
    }
    return name
  }

  private func next(_ leaves: inout LeafCursor, _ path: [UInt8]) throws(SnapshotsError) -> TreeLeaf? {
    do throws(RepositoryError) {
      return try leaves.next()
    } catch {
      throw SnapshotsError(error, "the directory \(PathText.escape(path)) can't be read")
    }
  }

  /// Gives the entry that was entered the tree that it has now, and passes it.
  private mutating func replaceTree(by tree: ChunkID, at level: Int) {
    let index = levels[level].next
    if levels[level].nodes[index].content != .directory(tree) {
      levels[level].nodes[index].content = .directory(tree)
      levels[level].hasChanged = true
    }
    levels[level].next += 1
  }

  private func store(_ level: Level) throws -> ChunkID {
    guard let transfer else { return try encode(level) }
    return try transfer.storing { try encode(level) }
  }

  private func encode(_ level: Level) throws -> ChunkID {
    let encoded = level.nodes.map { node in
      var bytes = ByteWriter()
      node.encode(into: &bytes)
      return bytes.bytes
    }
    var builder = TreeBuilder(
      totalBytes: encoded.reduce(0) { $0 + $1.count }, owners: level.owners, writer: writer, repository: repository)
    for (node, bytes) in zip(level.nodes, encoded) {
      try bytes.withUnsafeBytes { bytes in try builder.append(EncodedNode(node), bytes: bytes) }
    }
    return try builder.finish()
  }
}

/// The names that the owners of a directory's entries have in the snapshot.
private struct StoredOwners: OwnerNaming {
  private var users: [UInt32: [UInt8]] = [:]
  private var groups: [UInt32: [UInt8]] = [:]

  mutating func add(_ leaf: TreeLeaf) {
    for owner in leaf.users { users[owner.id] = owner.name }
    for owner in leaf.groups { groups[owner.id] = owner.name }
  }

  func user(_ id: UInt32) -> [UInt8]? { users[id] }

  func group(_ id: UInt32) -> [UInt8]? { groups[id] }
}
