public import Format
public import Repository

/// What a path of a snapshot leads to.
public enum SnapshotLocation: Sendable {
  /// The directory `/`, which has no metadata of its own.
  case root(ChunkID)
  /// An entry below it.
  case entry(TreeEntry)

  /// The directory's tree object; nil for anything but a directory.
  public var tree: ChunkID? {
    switch self {
    case .root(let tree): tree
    case .entry(let entry): entry.tree
    }
  }

  /// The absolute path in the snapshot.
  public var path: [UInt8] {
    switch self {
    case .root: SnapshotPath.root
    case .entry(let entry): entry.path
    }
  }
}

/// A snapshot's tree, for looking things up by path. For one thread.
public struct SnapshotTree {
  private let reader: TreeReader
  /// The tree object of the directory `/`.
  public let root: ChunkID

  /// The tree below `root`, read through `reader`.
  public init(reader: TreeReader, root: ChunkID) {
    self.reader = reader
    self.root = root
  }

  /// What stands at `path`. Empty components and `.` are passed over; symbolic links are not followed.
  ///
  /// - Throws: `.notFound` naming the first component that isn't there; `.invalidArgument` for `..`; `.damaged`.
  public func locate(_ path: [UInt8]) throws(SnapshotsError) -> SnapshotLocation {
    var location = SnapshotLocation.root(root)
    for component in path.split(separator: SnapshotPath.separator) {
      let name = Array(component)
      if name == [UInt8(ascii: ".")] { continue }
      guard name != Array("..".utf8) else {
        throw SnapshotsError(.invalidArgument, "\(PathText.escape(path)): a path in a snapshot can't contain ..")
      }
      let below = SnapshotPath.appending(name, to: location.path)
      guard let tree = location.tree else {
        throw SnapshotsError(.notFound, "\(PathText.escape(location.path)) is not a directory in this snapshot")
      }
      location = .entry(try entry(name, path: below, in: tree))
    }
    return location
  }

  private func entry(_ name: [UInt8], path: [UInt8], in tree: ChunkID) throws(SnapshotsError) -> TreeEntry {
    let leaf = try SnapshotsError.reading(PathText.escape(path)) { () throws(RepositoryError) in
      try reader.leaf(around: name, in: tree)
    }
    guard let leaf, let node = leaf.nodes.first(where: { $0.name == name }) else {
      throw SnapshotsError(.notFound, "\(PathText.escape(path)) is not in this snapshot")
    }
    return TreeEntry(path: path, node: node, owners: OwnerNames(leaf))
  }
}
