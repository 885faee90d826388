import Format
import Repository

/// Goes through everything that a snapshot refers to, each tree object and content list once. For one thread.
struct CopyWalk {
  private let trees: TreeReader
  private let chunks: ChunkReader
  private var seen = CompactIDSet()
  /// The tree objects that were gone through.
  private(set) var visited: [ChunkID] = []

  init(trees: TreeReader, chunks: ChunkReader) {
    self.trees = trees
    self.chunks = chunks
  }

  /// Adds all that is below a directory, itself included, to what is asked for.
  ///
  /// - Parameters:
  ///   - isKnown: whether nobody needs a tree object or anything below it.
  ///   - observe: called for each of them; what it throws ends the walk.
  mutating func add(
    _ root: ChunkID, to lacking: LackingChunks, unless isKnown: (ChunkID) -> Bool, observe: () throws -> Void
  ) throws {
    var pending = [ChunkReference(id: root, kind: .tree)]
    try lacking.add(pending)
    var references: [ChunkReference] = []
    while let next = pending.popLast() {
      guard seen.insert(next.id), next.kind != .tree || !isKnown(next.id) else { continue }
      try observe()
      if next.kind == .tree { visited.append(next.id) }
      try read(next, into: &references)
      try lacking.add(references)
      pending += references.lazy.filter { $0.kind != .data }
    }
  }

  private func read(_ object: ChunkReference, into references: inout [ChunkReference]) throws(RepositoryError) {
    guard object.kind == .tree else {
      references = try chunks.contentList(object.id).references
      return
    }
    let bytes = try trees.object(object.id)
    do throws(FormatError) {
      try bytes.withBytes { (bytes) throws(FormatError) in
        try TreeObject.references(of: bytes, into: &references)
      }
    } catch {
      throw RepositoryError(.damaged, "tree \(object.id)", cause: error)
    }
  }
}
