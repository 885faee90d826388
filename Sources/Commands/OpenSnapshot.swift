import Format
import Repository
import Snapshots

/// A snapshot that is open for reading, for one thread.
struct OpenSnapshot {
  let snapshot: Snapshot
  let trees: TreeReader
  let tree: SnapshotTree

  init(_ snapshot: Snapshot, _ reading: RepositoryReading) throws {
    guard let root = snapshot.roots.first else {
      throw CommandError(.damaged, "snapshot \(snapshot.shortID) leads to no tree")
    }
    self.snapshot = snapshot
    trees = try reading.treeReader()
    tree = SnapshotTree(reader: trees, root: root.tree)
  }

  /// Calls `visit` with what stands at `path` and everything below it, or only what is directly in it.
  /// - Throws: `.notFound`; `.damaged` after everything that can be read was visited.
  func walk(
    from path: [UInt8], isRecursive: Bool = true, _ visit: (TreeEntry) throws -> Void
  ) throws {
    let location = try tree.locate(path)
    if case .entry(let entry) = location { try visit(entry) }
    guard let root = location.tree else { return }
    var walk = TreeWalk(reader: trees, tree: root, path: location.path)
    var firstFailure: (any Error)?
    while true {
      do {
        guard let step = try walk.next() else { break }
        try Interruption.check()
        guard case .entry(let entry) = step else { continue }
        if !isRecursive { walk.skipDirectory() }
        try visit(entry)
      } catch let error as SnapshotsError {
        firstFailure = firstFailure ?? error
      }
    }
    try trees.flush()
    if let firstFailure { throw firstFailure }
  }
}
