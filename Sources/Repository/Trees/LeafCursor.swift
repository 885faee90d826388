public import Format

/// The leaves of one directory, one after another in name order. It holds the branches on the way to the next leaf only.
public struct LeafCursor {
  private let reader: TreeReader
  /// What is still to be visited, the next last, with its number of branches above.
  private var pending: [(id: ChunkID, depth: Int)]
  private var lastName: [UInt8]?

  init(reader: TreeReader, root: ChunkID) {
    self.reader = reader
    pending = [(root, 0)]
  }

  /// The next leaf, or nil after the last. Order across leaves is checked.
  ///
  /// - Throws: `.damaged` for malformed objects, unsorted names, or branches nested too deep; `.missing`. The cursor is
  ///   at its end then.
  public mutating func next() throws(RepositoryError) -> TreeLeaf? {
    while let (id, depth) = pending.popLast() {
      do throws(RepositoryError) {
        switch try reader.decoded(id) {
        case .leaf(let leaf):
          try checkOrder(of: leaf, id)
          return leaf
        case .branch(let children):
          guard depth < Limits.branchDepth else {
            throw RepositoryError(.damaged, "tree \(id) is nested deeper than the format allows")
          }
          pending.append(contentsOf: children.reversed().lazy.map { ($0.id, depth + 1) })
        }
      } catch {
        pending = []
        throw error
      }
    }
    return nil
  }

  private mutating func checkOrder(of leaf: TreeLeaf, _ id: ChunkID) throws(RepositoryError) {
    if let first = leaf.nodes.first?.name, let lastName, !lastName.lexicographicallyPrecedes(first) {
      throw RepositoryError(.damaged, "tree \(id) has names out of order")
    }
    lastName = leaf.nodes.last?.name ?? lastName
  }
}
