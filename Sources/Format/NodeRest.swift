/// The fields of a node that depend on its presence bits and its type.
///
/// One decoder serves both whole nodes and summaries: unless told to keep them it checks lists without building them.
struct NodeRest {
  var birthTime: Timestamp?
  var inodeFlags: UInt32?
  var extendedAttributes: [ExtendedAttribute] = []
  var extensions: [NodeExtension] = []
  var content: Node.Content = .none

  @inline(__always)
  static func decode(
    from reader: inout ByteReader, head: NodeSummary, presence: UInt64, keep: Bool, keepContent: Bool
  ) throws(FormatError) -> NodeRest {
    var rest = NodeRest()
    if presence & Node.Presence.birthTime != 0 {
      rest.birthTime = try reader.timestamp("birth time of a node")
    }
    if presence & Node.Presence.inodeFlags != 0 {
      rest.inodeFlags = try reader.varint32("inode flags of a node")
    }
    if presence & Node.Presence.extendedAttributes != 0 {
      rest.extendedAttributes = try attributes(from: &reader, keep: keep)
    }
    if presence & Node.Presence.extensions != 0 {
      rest.extensions = try extensions(from: &reader, keep: keep)
    }
    rest.content = try content(from: &reader, head: head, keep: keepContent)
    return rest
  }

  @inline(__always)
  private static func content(
    from reader: inout ByteReader, head: NodeSummary, keep: Bool
  ) throws(FormatError) -> Node.Content {
    switch head.type {
    case .file:
      let (items, length) = try ContentItem.decodeAll(from: &reader, keep: keep)
      guard length == head.size else { throw reader.malformed("content of a node", "does not add up to its size") }
      return .file(items)
    case .directory:
      return .directory(try reader.id("tree object of a node"))
    case .symbolicLink:
      let target = try reader.bytes("target of a node")
      return .symbolicLink(keep ? [UInt8](target) : [])
    case .characterDevice, .blockDevice:
      return .device(major: try reader.varint("major of a node"), minor: try reader.varint("minor of a node"))
    case .fifo, .socket:
      return .none
    }
  }

  private static func attributes(
    from reader: inout ByteReader, keep: Bool
  ) throws(FormatError) -> [ExtendedAttribute] {
    var attributes: [ExtendedAttribute] = []
    var previous = UnsafeRawBufferPointer(start: nil, count: 0)
    for index in 0..<(try reader.count("extended attributes", elementsOfAtLeast: 2)) {
      let name = try reader.bytes("name of an extended attribute")
      guard index == 0 || NodeName.precedes(previous, name) else {
        throw reader.malformed("extended attributes", "not by ascending name")
      }
      previous = name
      let value = try reader.bytes("value of an extended attribute")
      if keep { attributes.append(ExtendedAttribute(name: [UInt8](name), value: [UInt8](value))) }
    }
    return attributes
  }

  private static func extensions(
    from reader: inout ByteReader, keep: Bool
  ) throws(FormatError) -> [NodeExtension] {
    var extensions: [NodeExtension] = []
    var previous: UInt64 = 0
    for index in 0..<(try reader.count("extensions", elementsOfAtLeast: 2)) {
      let tag = try reader.varint("tag of an extension")
      guard index == 0 || previous < tag else { throw reader.malformed("extensions", "not by ascending tag") }
      previous = tag
      let value = try reader.bytes("value of an extension")
      if keep { extensions.append(NodeExtension(tag: tag, value: [UInt8](value))) }
    }
    return extensions
  }
}

extension Node {
  /// Decodes one node; the reader then stands behind it.
  public static func decode(from reader: inout ByteReader) throws(FormatError) -> Node {
    let (head, presence) = try NodeSummary.head(from: &reader)
    let rest = try NodeRest.decode(from: &reader, head: head, presence: presence, keep: true, keepContent: true)
    return Node(
      name: [UInt8](reader.bytes[head.name]), type: head.type, mode: head.mode, uid: head.uid, gid: head.gid,
      size: head.size, mtime: head.mtime, ctime: head.ctime, inode: head.inode, device: head.device,
      linkCount: head.linkCount, birthTime: rest.birthTime, inodeFlags: rest.inodeFlags,
      extendedAttributes: rest.extendedAttributes, extensions: rest.extensions, content: rest.content)
  }
}
