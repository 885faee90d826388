public import Format

/// Reads directories, for one thread: from the cache where it has them, else from the repository.
public final class TreeReader {
  private let cache: TreeCache
  private let chunks: ChunkReader

  init(cache: TreeCache, chunks: ChunkReader) {
    self.cache = cache
    self.chunks = chunks
  }

  /// The bytes of a tree object.
  public func object(_ id: ChunkID) throws(RepositoryError) -> [UInt8] {
    if let object = try cache.object(id) { return object }
    let object = try chunks.withChunk(id, kind: .tree) { Array($0) }
    try cache.remember(id, object)
    return object
  }

  /// Calls `body` with each leaf of the directory, in name order. Order across leaves is checked.
  ///
  /// - Throws: `.damaged` for malformed objects, unsorted names, or branches nested too deep.
  public func forEachLeaf(
    of id: ChunkID, _ body: (TreeLeaf) throws(RepositoryError) -> Void
  ) throws(RepositoryError) {
    var last: [UInt8]?
    try visit(id, depth: 0, last: &last, body)
  }

  /// All entries of a directory.
  public func nodes(of id: ChunkID) throws(RepositoryError) -> [Node] {
    var nodes: [Node] = []
    try forEachLeaf(of: id) { nodes.append(contentsOf: $0.nodes) }
    return nodes
  }

  /// Writes what was read to the cache.
  public func flush() throws(RepositoryError) { try cache.flush() }

  private func visit(
    _ id: ChunkID, depth: Int, last: inout [UInt8]?, _ body: (TreeLeaf) throws(RepositoryError) -> Void
  ) throws(RepositoryError) {
    guard depth <= Limits.branchDepth else {
      throw RepositoryError(.damaged, "tree \(id) is nested deeper than the format allows")
    }
    let bytes = try object(id)
    let tree = try RepositoryError.wrapping("tree \(id)") { () throws(FormatError) in
      try bytes.withBytes { (bytes) throws(FormatError) in try TreeObject.decode(bytes) }
    }
    switch tree {
    case .leaf(let leaf):
      if let first = leaf.nodes.first?.name, let previous = last, !previous.lexicographicallyPrecedes(first) {
        throw RepositoryError(.damaged, "tree \(id) has names out of order")
      }
      last = leaf.nodes.last?.name ?? last
      try body(leaf)
    case .branch(let children):
      for child in children { try visit(child.id, depth: depth + 1, last: &last, body) }
    }
  }
}
