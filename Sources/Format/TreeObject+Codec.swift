extension TreeObject: BinaryRecord {
  enum Form: UInt8 {
    case leaf = 0
    case branch = 1
  }

  static let version: UInt8 = 1
  // A name of one byte with its length, and an id.
  private static let leastChildSize = 34

  /// Whether the object says that it is a branch; says nothing about the rest of it.
  public static func isBranch(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 2 && bytes[1] == Form.branch.rawValue
  }

  /// The plaintext of the chunk.
  public func encode() -> [UInt8] {
    switch self {
    case .leaf(let leaf):
      var writer = TreeLeafWriter()
      for node in leaf.nodes { writer.append(node) }
      return writer.finish(users: leaf.users, groups: leaf.groups)
    case .branch(let children):
      precondition(!children.isEmpty, "a branch has a child")
      var writer = ByteWriter()
      writer.u8(Self.version)
      writer.u8(Form.branch.rawValue)
      writer.varint(children.count)
      for child in children {
        writer.bytes(child.firstName)
        writer.id(child.id)
      }
      return writer.bytes
    }
  }

  /// Decodes the plaintext of the chunk.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> TreeObject {
    var reader = try reader(bytes)
    let object: TreeObject =
      switch try form(from: &reader) {
      case .leaf: .leaf(try TreeLeaf.decode(from: &reader))
      case .branch: .branch(try children(from: &reader))
      }
    try reader.finish()
    return object
  }

  static func reader(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> ByteReader {
    let reader = ByteReader(bytes, record: "tree object")
    guard bytes.count <= Limits.chunkLength else { throw reader.above(UInt64(Limits.chunkLength), "length") }
    return reader
  }

  static func form(from reader: inout ByteReader) throws(FormatError) -> Form {
    let found = try reader.u8("version")
    guard found == version else { throw reader.unsupported("version", "\(found)") }
    let value = try reader.u8("form")
    guard let form = Form(rawValue: value) else { throw reader.unsupported("form", "\(value)") }
    return form
  }

  private static func children(from reader: inout ByteReader) throws(FormatError) -> [TreeChild] {
    let count = try reader.count("children", elementsOfAtLeast: leastChildSize)
    guard count > 0 else { throw reader.malformed("children", "none") }
    var children: [TreeChild] = []
    children.reserveCapacity(count)
    var previous = UnsafeRawBufferPointer(start: nil, count: 0)
    for _ in 0..<count {
      let name = try reader.nodeName("first name of a child")
      guard NodeName.precedes(previous, name) else { throw reader.malformed("children", "not by ascending name") }
      previous = name
      children.append(TreeChild(firstName: [UInt8](name), id: try reader.id("tree object of a child")))
    }
    return children
  }
}

extension TreeLeaf {
  // A FIFO with a name of one byte.
  static let leastNodeSize = 15

  static func decode(from reader: inout ByteReader) throws(FormatError) -> TreeLeaf {
    var leaf = TreeLeaf()
    leaf.users = try OwnerName.decodeTable(from: &reader, keep: true)
    leaf.groups = try OwnerName.decodeTable(from: &reader, keep: true)
    let count = try reader.count("nodes", elementsOfAtLeast: leastNodeSize)
    // Not by the count alone: a node takes twenty times as much memory as the bytes that can claim one.
    leaf.nodes.reserveCapacity(min(count, 1_024))
    for _ in 0..<count {
      let node = try Node.decode(from: &reader)
      if let last = leaf.nodes.last, !last.name.lexicographicallyPrecedes(node.name) {
        throw reader.malformed("nodes", "not by ascending name")
      }
      leaf.nodes.append(node)
    }
    return leaf
  }
}

extension OwnerName {
  static func decodeTable(from reader: inout ByteReader, keep: Bool) throws(FormatError) -> [OwnerName] {
    var table: [OwnerName] = []
    var previous: UInt32 = 0
    for index in 0..<(try reader.count("owner table", elementsOfAtLeast: 2)) {
      let id = try reader.varint32("id in an owner table")
      guard index == 0 || previous < id else { throw reader.malformed("owner table", "not by ascending id") }
      previous = id
      let name = try reader.bytes("name in an owner table")
      if keep { table.append(OwnerName(id: id, name: [UInt8](name))) }
    }
    return table
  }

  static func append(_ table: [OwnerName], to writer: inout ByteWriter) {
    writer.varint(table.count)
    for owner in table {
      writer.varint(UInt64(owner.id))
      writer.bytes(owner.name)
    }
  }
}
