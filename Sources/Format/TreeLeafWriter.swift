/// Builds leaves of tree objects, one after another, from nodes and from nodes that are already encoded.
public struct TreeLeafWriter: Sendable {
  private var nodes = ByteWriter()
  private var count = 0
  private var lastName = 0..<0

  /// A writer without nodes.
  public init() {}

  /// The length of the nodes appended so far, which decides where a leaf ends.
  public var nodeBytes: Int { nodes.count }

  /// Whether no node was appended yet.
  public var isEmpty: Bool { count == 0 }

  /// Appends a node, whose name must come after the last one's.
  public mutating func append(_ node: Node) {
    let start = nodes.count
    node.encode(into: &nodes)
    checkOrder(of: start)
  }

  /// Appends the bytes of one node as `NodeSummary.encoded` delimits them; its name must come after the last one's.
  public mutating func append(encoded node: UnsafeRawBufferPointer) {
    let start = nodes.count
    nodes.raw(node)
    checkOrder(of: start)
  }

  /// The leaf with all nodes appended so far; the writer is then empty and keeps its memory.
  ///
  /// The tables are by strictly ascending id and name the owners of these nodes.
  public mutating func finish(users: [OwnerName], groups: [OwnerName]) -> [UInt8] {
    var writer = ByteWriter(capacity: nodes.count + 32 * (users.count + groups.count) + 32)
    writer.u8(TreeObject.version)
    writer.u8(TreeObject.Form.leaf.rawValue)
    OwnerName.append(users, to: &writer)
    OwnerName.append(groups, to: &writer)
    writer.varint(count)
    writer.raw(nodes.bytes)
    nodes.removeAll()
    count = 0
    lastName = 0..<0
    return writer.bytes
  }

  // A leaf in the wrong order could not be read again, so it must not be written.
  private mutating func checkOrder(of start: Int) {
    let name = nameRange(of: start)
    let ascending = nodes.bytes.withUnsafeBytes { bytes in
      NodeName.precedes(
        UnsafeRawBufferPointer(rebasing: bytes[lastName]), UnsafeRawBufferPointer(rebasing: bytes[name]))
    }
    precondition(ascending, "nodes are appended by strictly ascending name")
    lastName = name
    count += 1
  }

  // A legal name's length takes one byte up to 127, and else two.
  private func nameRange(of start: Int) -> Range<Int> {
    let first = Int(nodes.bytes[start])
    if first < 0x80 { return start + 1..<start + 1 + first }
    let length = first & 0x7F | Int(nodes.bytes[start + 1]) << 7
    return start + 2..<start + 2 + length
  }
}
