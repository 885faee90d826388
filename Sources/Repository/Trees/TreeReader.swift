public import Format

/// Reads directories, for one thread: from the cache where it has them, else from the repository.
public final class TreeReader {
  private let cache: TreeCache?
  private let chunks: ChunkReader

  /// - Parameter cache: nil to read everything from the repository.
  init(cache: TreeCache?, chunks: ChunkReader) {
    self.cache = cache
    self.chunks = chunks
  }

  /// The bytes of a tree object.
  public func object(_ id: ChunkID) throws(RepositoryError) -> [UInt8] {
    if let object = try cache?.object(id) { return object }
    let object = try chunks.withChunk(id, kind: .tree) { Array($0) }
    try cache?.remember(id, object)
    return object
  }

  /// The leaves of a directory, one after another.
  public func leaves(of id: ChunkID) -> LeafCursor { LeafCursor(reader: self, root: id) }

  /// The leaf of a directory that holds the entry called `name` if there is one; no other leaf is read.
  ///
  /// - Throws: `.damaged` for malformed objects or branches nested too deep.
  public func leaf(around name: [UInt8], in id: ChunkID) throws(RepositoryError) -> TreeLeaf? {
    var id = id
    for _ in 0...Limits.branchDepth {
      switch try decoded(id) {
      case .leaf(let leaf): return leaf
      case .branch(let children):
        guard let child = children.last(where: { !name.lexicographicallyPrecedes($0.firstName) }) else { return nil }
        id = child.id
      }
    }
    throw RepositoryError(.damaged, "tree \(id) is nested deeper than the format allows")
  }

  /// All entries of a directory, in name order.
  ///
  /// - Throws: as ``LeafCursor/next()``.
  public func nodes(of id: ChunkID) throws(RepositoryError) -> [Node] {
    var nodes: [Node] = []
    var cursor = leaves(of: id)
    while let leaf = try cursor.next() { nodes.append(contentsOf: leaf.nodes) }
    return nodes
  }

  /// Writes what was read to the cache.
  public func flush() throws(RepositoryError) { try cache?.flush() }

  func decoded(_ id: ChunkID) throws(RepositoryError) -> TreeObject {
    let bytes = try object(id)
    return try RepositoryError.wrapping("tree \(id)") { () throws(FormatError) in
      try bytes.withBytes { (bytes) throws(FormatError) in try TreeObject.decode(bytes) }
    }
  }
}
