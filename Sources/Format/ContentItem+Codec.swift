extension ContentItem {
  private enum Kind {
    static let chunk: UInt64 = 0
    static let hole: UInt64 = 1
    static let zeros: UInt64 = 2
    static let list: UInt64 = 3
  }

  func append(to writer: inout ByteWriter) {
    precondition(length >= 1 && length <= Limits.contentItemLength, "a content item has a length of 1 to 2^62 - 1")
    switch self {
    case .chunk(let id, let length):
      writer.varint(length << 2 | Kind.chunk)
      writer.id(id)
    case .hole(let length): writer.varint(length << 2 | Kind.hole)
    case .zeros(let length): writer.varint(length << 2 | Kind.zeros)
    case .list(let id, let length):
      writer.varint(length << 2 | Kind.list)
      writer.id(id)
    }
  }

  @inline(__always)
  static func decode(from reader: inout ByteReader) throws(FormatError) -> ContentItem {
    let value = try reader.varint("content item")
    let length = value >> 2
    guard length > 0 else { throw reader.malformed("content item", "of length 0") }
    switch value & 3 {
    case Kind.chunk:
      guard length <= UInt64(Limits.chunkLength) else {
        throw reader.above(UInt64(Limits.chunkLength), "chunk of a content item")
      }
      return .chunk(try reader.id("chunk of a content item"), length: length)
    case Kind.hole: return .hole(length: length)
    case Kind.zeros: return .zeros(length: length)
    default: return .list(try reader.id("list of a content item"), length: length)
    }
  }

  /// Reads a count and that many items; the items are returned only when they are to be kept, their total length
  /// always.
  static func decodeAll(
    from reader: inout ByteReader, keep: Bool
  ) throws(FormatError) -> (items: [ContentItem], length: UInt64) {
    let count = try reader.count("content items", elementsOfAtLeast: 1)
    var items: [ContentItem] = []
    var total: UInt64 = 0
    for _ in 0..<count {
      let item = try decode(from: &reader)
      let (sum, overflow) = total.addingReportingOverflow(item.length)
      guard !overflow else { throw reader.malformed("content items", "are longer than 2^64 bytes") }
      total = sum
      if keep { items.append(item) }
    }
    return (items, total)
  }

  static func append(_ items: [ContentItem], to writer: inout ByteWriter) {
    writer.varint(items.count)
    for item in items { item.append(to: &writer) }
  }
}

extension ContentList: BinaryRecord {
  private static let version: UInt8 = 1

  /// How many bytes of a file the list describes, or nil when that is 2^64 or more.
  public var length: UInt64? {
    var total: UInt64 = 0
    for item in items {
      let (sum, overflow) = total.addingReportingOverflow(item.length)
      if overflow { return nil }
      total = sum
    }
    return total
  }

  /// The plaintext of the chunk.
  public func encode() -> [UInt8] {
    precondition(!items.isEmpty, "a content list has an item")
    var writer = ByteWriter(capacity: 4 + 38 * items.count)
    writer.u8(Self.version)
    ContentItem.append(items, to: &writer)
    return writer.bytes
  }

  /// Decodes the plaintext of the chunk. The caller compares `length` with the item that names the list.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> ContentList {
    var reader = ByteReader(bytes, record: "content list")
    guard bytes.count <= Limits.chunkLength else { throw reader.above(UInt64(Limits.chunkLength), "length") }
    let found = try reader.u8("version")
    guard found == version else { throw reader.unsupported("version", "\(found)") }
    let items = try ContentItem.decodeAll(from: &reader, keep: true).items
    guard !items.isEmpty else { throw reader.malformed("content items", "none") }
    try reader.finish()
    return ContentList(items: items)
  }
}
