import Format

/// What the names of one file have in common where a snapshot was taken.
struct LinkKey: Hashable {
  private let device: UInt64
  private let inode: UInt64

  init(_ node: Node) {
    device = node.device
    inode = node.inode
  }
}
