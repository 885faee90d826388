import Format

/// Finds the nodes that are hard links of each other, while a tree is gone through in order.
struct HardLinks<Original> {
  private struct Key: Hashable {
    let type: FileType
    let device: UInt64
    let inode: UInt64

    init(_ node: Node) { (type, device, inode) = (node.type, node.device, node.inode) }
  }

  /// What was made of first names, and how many other names may follow.
  private var originals: [Key: (original: Original, left: UInt64)] = [:]

  /// What was made of the first name of this node; nil if this is the first.
  mutating func original(of node: Node) -> Original? {
    guard Self.mayHaveOthers(node), let known = originals[Key(node)] else { return nil }
    // After the last name nobody will ask again.
    originals[Key(node)] = known.left > 1 ? (known.original, known.left - 1) : nil
    return known.original
  }

  /// Notes what was made of the first name of a node.
  mutating func note(_ original: Original, for node: Node) {
    if Self.mayHaveOthers(node) { originals[Key(node)] = (original, node.linkCount - 1) }
  }

  private static func mayHaveOthers(_ node: Node) -> Bool { node.type != .directory && node.linkCount > 1 }
}
