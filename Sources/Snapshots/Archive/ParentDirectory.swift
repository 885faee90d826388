import Format
import Repository

/// A directory as the parent snapshot has it: the bytes of its nodes, and where each of them lies.
final class ParentDirectory: Sendable {
  /// The directory's tree object.
  let id: ChunkID
  /// All of its tree objects: branches and leaves.
  let objects: [ChunkID]
  /// The leaves of the directory, from left to right.
  private let leaves: [[UInt8]]
  private let nodes: [(leaf: Int, summary: NodeSummary)]

  /// Nil if it is malformed or can't be had from the cache or the repository; everything is read again then.
  init?(_ id: ChunkID, trees: ParentTrees) {
    var objects: [ChunkID] = []
    var leaves: [[UInt8]] = []
    var nodes: [(leaf: Int, summary: NodeSummary)] = []
    var summaries: [NodeSummary] = []
    var lastName: [UInt8] = []
    func visit(_ id: ChunkID, depth: Int) -> Bool {
      guard depth <= Limits.branchDepth, let object = trees.object(id) else { return false }
      objects.append(id)
      if object.withUnsafeBytes(TreeObject.isBranch) {
        guard case .branch(let children)? = try? object.withUnsafeBytes({ try TreeObject.decode($0) }) else {
          return false
        }
        return children.allSatisfy { visit($0.id, depth: depth + 1) }
      }
      guard (try? object.withUnsafeBytes { try TreeLeaf.summaries(of: $0, into: &summaries) }) != nil else {
        return false
      }
      // Otherwise a few branches that name one leaf again and again could be a directory without end.
      if depth > 0 {
        guard let first = summaries.first, let last = summaries.last else { return false }
        guard lastName.lexicographicallyPrecedes(object[first.name]) else { return false }
        lastName = Array(object[last.name])
      }
      nodes.append(contentsOf: summaries.lazy.map { (leaves.count, $0) })
      leaves.append(object)
      return true
    }
    guard visit(id, depth: 0) else { return nil }
    self.id = id
    self.objects = objects
    self.leaves = leaves
    self.nodes = nodes
  }

  var count: Int { nodes.count }

  subscript(index: Int) -> NodeSummary { nodes[index].summary }

  /// Lends the name of a node.
  func withName<Result>(of index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    leaves[nodes[index].leaf].withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[nodes[index].summary.name])) }
  }

  /// Lends the encoded node.
  func withNode<Result, E: Error>(
    _ index: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try leaves[nodes[index].leaf].withBytes { (bytes) throws(E) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[nodes[index].summary.encoded]))
    }
  }

  /// What the tree builder needs to know of a node.
  func encodedNode(_ index: Int) -> EncodedNode {
    let summary = self[index]
    let start = summary.encoded.lowerBound
    return EncodedNode(
      name: summary.name.lowerBound - start..<summary.name.upperBound - start, uid: summary.uid, gid: summary.gid)
  }

  /// The node in full; nil if it is malformed.
  func node(_ index: Int) -> Node? {
    withNode(index) { bytes in
      var reader = ByteReader(bytes, record: "node of the parent snapshot")
      return try? Node.decode(from: &reader)
    }
  }
}
