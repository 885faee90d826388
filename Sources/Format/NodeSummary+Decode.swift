extension NodeSummary {
  /// Reads the fields that every node has, up to and including the presence bits.
  ///
  /// `encoded` is only right once the rest was read.
  @inline(__always)
  static func head(from reader: inout ByteReader) throws(FormatError) -> (summary: NodeSummary, presence: UInt64) {
    let start = reader.position
    let name = try reader.nodeName("name of a node")
    let nameEnd = reader.position
    let type = try fileType(from: &reader)
    let mode = UInt16(truncatingIfNeeded: try reader.varint("mode of a node", atMost: 0o7777))
    let uid = try reader.varint32("uid of a node")
    let gid = try reader.varint32("gid of a node")
    let size = try reader.varint("size of a node")
    guard type == .file || size == 0 else { throw reader.malformed("size of a node", "not a file, and not 0") }
    let summary = NodeSummary(
      name: nameEnd &- name.count..<nameEnd, encoded: start..<nameEnd, type: type, mode: mode, uid: uid, gid: gid,
      size: size, mtime: try reader.timestamp("modification time of a node"),
      ctime: try reader.timestamp("change time of a node"), inode: try reader.varint("inode of a node"),
      device: try reader.varint("device of a node"), linkCount: try reader.varint("link count of a node"))
    let presence = try reader.varint("presence bits of a node")
    guard presence & ~Node.Presence.all == 0 else {
      throw reader.unsupported("presence bits of a node", String(presence, radix: 2))
    }
    return (summary, presence)
  }

  private static func fileType(from reader: inout ByteReader) throws(FormatError) -> FileType {
    let value = try reader.u8("type of a node")
    guard let type = FileType(rawValue: value) else { throw reader.unsupported("type of a node", "\(value)") }
    return type
  }
}

extension TreeLeaf {
  /// Replaces `summaries` by those of the nodes of a leaf, with the same checks as decoding but without allocating
  /// for each node.
  ///
  /// The ranges of the summaries are positions in `bytes`. Throws for a branch: see ``TreeObject/isBranch(_:)``.
  public static func summaries(
    of bytes: UnsafeRawBufferPointer, into summaries: inout [NodeSummary]
  ) throws(FormatError) {
    summaries.removeAll(keepingCapacity: true)
    var reader = try TreeObject.reader(bytes)
    guard try TreeObject.form(from: &reader) == .leaf else { throw reader.malformed("form", "not a leaf") }
    _ = try OwnerName.decodeTable(from: &reader, keep: false)
    _ = try OwnerName.decodeTable(from: &reader, keep: false)
    let count = try reader.count("nodes", elementsOfAtLeast: leastNodeSize)
    var previous = UnsafeRawBufferPointer(start: nil, count: 0)
    for _ in 0..<count {
      var (summary, presence) = try NodeSummary.head(from: &reader)
      let name = UnsafeRawBufferPointer(rebasing: bytes[summary.name])
      guard NodeName.precedes(previous, name) else { throw reader.malformed("nodes", "not by ascending name") }
      previous = name
      let rest = try NodeRest.decode(
        from: &reader, head: summary, presence: presence, keep: false, keepContent: false)
      if case .directory(let tree) = rest.content { summary.subtree = tree }
      summary.encoded = summary.encoded.lowerBound..<reader.position
      summaries.append(summary)
    }
    try reader.finish()
  }
}
