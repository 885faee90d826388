import Format
import Repository

extension LostContent {
  private static let pathLimit = 100

  /// Finds the files and directories of a snapshot that are hit.
  ///
  /// - Parameters:
  ///   - chunks: those that can't be read.
  ///   - observe: called for each entry and each piece of its content; what it throws ends the search.
  mutating func findPaths(
    of chunks: Set<ChunkID>, in snapshot: Snapshot, _ reading: RepositoryReading, observe: () throws -> Void
  ) throws {
    let trees = try reading.treeReader()
    let reader = try reading.chunkReader()
    for root in snapshot.roots {
      if chunks.contains(root.tree) { add(SnapshotPath.root) }
      var walk = TreeWalk(reader: trees, tree: root.tree)
      var directory = SnapshotPath.root
      while true {
        var node: Node?
        do throws(SnapshotsError) {
          guard let step = try walk.next() else { break }
          guard case .entry(let entry) = step else { continue }
          directory = entry.path
          node = entry.node
        } catch {
          guard error.code == .damaged else { throw error }
          add(directory)
        }
        if let node, try isHit(node, chunks, reader, observe) { add(directory) }
        try observe()
      }
    }
  }

  private func isHit(
    _ node: Node, _ chunks: Set<ChunkID>, _ reader: ChunkReader, _ observe: () throws -> Void
  ) throws -> Bool {
    switch node.content {
    case .directory(let tree): return chunks.contains(tree)
    case .symbolicLink, .device, .none: return false
    case .file(let items):
      var cursor = ContentCursor(items: items)
      while true {
        try observe()
        do throws(RepositoryError) {
          guard let item = try cursor.next(reading: reader) else { return false }
          if case .chunk(let id, _) = item, chunks.contains(id) { return true }
        } catch {
          return true
        }
      }
    }
  }

  private mutating func add(_ path: [UInt8]) {
    guard paths.last != path else { return }
    if paths.count < Self.pathLimit { paths.append(path) }
    pathCount += 1
  }
}
