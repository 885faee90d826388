public import Format

/// One entry of a snapshot's tree.
public struct TreeEntry: Sendable {
  /// The absolute path in the snapshot, `/` for the root.
  public let path: [UInt8]
  /// The entry with its metadata.
  public let node: Node
  /// The names of its owners.
  public let owners: OwnerNames

  init(path: [UInt8], node: Node, owners: OwnerNames) {
    self.path = path
    self.node = node
    self.owners = owners
  }

  /// A directory's tree object; nil for everything else.
  public var tree: ChunkID? {
    if case .directory(let tree) = node.content { tree } else { nil }
  }
}
