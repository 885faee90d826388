public import Format
public import Repository

/// Compares two trees, reading only directories that differ. For one thread.
public struct SnapshotDiff {
  /// One side of a directory that is compared: its entries in order. Empty where that side has no such directory.
  private struct Side {
    var leaves: LeafCursor?
    var nodes: ArraySlice<Node> = []

    mutating func first(_ path: [UInt8]) throws(SnapshotsError) -> Node? {
      while nodes.isEmpty {
        do throws(RepositoryError) {
          guard let leaf = try leaves?.next() else { return nil }
          nodes = leaf.nodes[...]
        } catch {
          throw SnapshotsError(error, "the directory \(PathText.escape(path)) can't be read")
        }
      }
      return nodes.first
    }
  }

  private struct Level {
    let path: [UInt8]
    var old: Side
    var new: Side
  }

  private let reader: TreeReader

  /// A comparison that reads through `reader`.
  public init(reader: TreeReader) {
    self.reader = reader
  }

  /// Calls `body` with each difference between the directories `old` and `new`, by path, and returns the counts.
  ///
  /// Everything below an added or removed directory is a difference as well. Inode numbers, change and birth times, and
  /// the device don't count.
  ///
  /// - Throws: `.damaged` or `.repository` naming the directory that can't be read.
  public func compare(
    _ old: ChunkID, _ new: ChunkID, path: [UInt8] = SnapshotPath.root,
    _ body: (SnapshotDifference) throws(SnapshotsError) -> Void = { (_) throws(SnapshotsError) in }
  ) throws(SnapshotsError) -> DifferenceCounts {
    var counts = DifferenceCounts()
    var levels: [Level] = []
    if old != new { levels.append(level(path, old, new)) }
    while let path = levels.last?.path {
      let top = levels.count - 1
      let left = try levels[top].old.first(path)
      let right = try levels[top].new.first(path)
      guard let name = Self.earlierName(left, right) else {
        levels.removeLast()
        continue
      }
      let pair = (old: left?.name == name ? left : nil, new: right?.name == name ? right : nil)
      if pair.old != nil { levels[top].old.nodes.removeFirst() }
      if pair.new != nil { levels[top].new.nodes.removeFirst() }
      let below = SnapshotPath.appending(name, to: path)
      if let kind = Self.kind(pair.old, pair.new) {
        let difference = SnapshotDifference(path: below, kind: kind, old: pair.old, new: pair.new)
        counts.add(difference)
        try body(difference)
      }
      let (oldTree, newTree) = (Self.tree(pair.old), Self.tree(pair.new))
      if oldTree != newTree { levels.append(level(below, oldTree, newTree)) }
    }
    return counts
  }

  private func level(_ path: [UInt8], _ old: ChunkID?, _ new: ChunkID?) -> Level {
    Level(path: path, old: Side(leaves: old.map(reader.leaves)), new: Side(leaves: new.map(reader.leaves)))
  }

  private static func earlierName(_ left: Node?, _ right: Node?) -> [UInt8]? {
    guard let left, let right else { return left?.name ?? right?.name }
    return right.name.lexicographicallyPrecedes(left.name) ? right.name : left.name
  }

  private static func tree(_ node: Node?) -> ChunkID? {
    if case .directory(let tree) = node?.content { tree } else { nil }
  }

  private static func kind(_ old: Node?, _ new: Node?) -> SnapshotDifference.Kind? {
    guard let old else { return .added }
    guard let new else { return .removed }
    if old.type != new.type { return .type }
    // A directory's content is what stands in it, which is compared by itself.
    if old.type != .directory, old.content != new.content { return .content }
    let isSame =
      old.mode == new.mode && old.uid == new.uid && old.gid == new.gid && old.mtime == new.mtime
      && old.extendedAttributes == new.extendedAttributes && old.inodeFlags == new.inodeFlags
    return isSame ? nil : .metadata
  }
}
