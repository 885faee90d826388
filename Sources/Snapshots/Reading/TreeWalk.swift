public import Format
public import Repository

/// Goes through everything below a directory, depth first and by name. For one thread.
///
/// It holds one leaf per level, so its memory depends on the depth and not on the number of entries; and it doesn't
/// recurse, so a tree of any depth can't exhaust the stack.
public struct TreeWalk {
  /// A step of the walk.
  public enum Step: Sendable {
    /// An entry. If it is a directory its entries follow, unless ``TreeWalk/skipDirectory()`` is called first.
    case entry(TreeEntry)
    /// The end of a directory that was entered; false if a part of it could not be read, which was thrown before.
    case leave(isComplete: Bool)
  }

  private struct Level {
    let path: [UInt8]
    var leaves: LeafCursor
    var nodes: ArraySlice<Node> = []
    var owners = OwnerNames.none
    var isComplete = true
  }

  private let reader: TreeReader
  private var levels: [Level]
  private var entering: (path: [UInt8], tree: ChunkID)?

  /// A walk below the directory `tree`, which stands at `path` in its snapshot. No step is made for the directory itself.
  public init(reader: TreeReader, tree: ChunkID, path: [UInt8] = SnapshotPath.root) {
    self.reader = reader
    levels = [Level(path: path, leaves: reader.leaves(of: tree))]
  }

  /// Passes over the entries of the directory that the last step gave. No `leave` follows for it.
  public mutating func skipDirectory() { entering = nil }

  /// The next step, or nil at the end, after the `leave` of the first directory.
  ///
  /// - Throws: `.damaged` or `.repository` naming the directory that could not be read. The walk can go on: the rest of
  ///   that directory is left out.
  public mutating func next() throws(SnapshotsError) -> Step? {
    if let (path, tree) = entering {
      entering = nil
      levels.append(Level(path: path, leaves: reader.leaves(of: tree)))
    }
    guard !levels.isEmpty else { return nil }
    let top = levels.count - 1
    while levels[top].nodes.isEmpty {
      guard let leaf = try nextLeaf(of: top) else {
        return .leave(isComplete: levels.removeLast().isComplete)
      }
      levels[top].nodes = leaf.nodes[...]
      levels[top].owners = OwnerNames(leaf)
    }
    let node = levels[top].nodes.removeFirst()
    let entry = TreeEntry(
      path: SnapshotPath.appending(node.name, to: levels[top].path), node: node, owners: levels[top].owners)
    if let tree = entry.tree { entering = (entry.path, tree) }
    return .entry(entry)
  }

  private mutating func nextLeaf(of level: Int) throws(SnapshotsError) -> TreeLeaf? {
    do throws(RepositoryError) {
      return try levels[level].leaves.next()
    } catch {
      levels[level].isComplete = false
      throw SnapshotsError(error, "the directory \(PathText.escape(levels[level].path)) can't be read")
    }
  }
}
