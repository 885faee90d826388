extension RecordHeader: BinaryRecord {
  private static let magic: StaticString = "FIRNREC1"

  /// The 48 bytes.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.length)
    append(to: &writer)
    return writer.bytes
  }

  /// What the body is sealed with as associated data: the header, the repository's UUID and the object's name.
  ///
  /// `name` is the object's name in its directory.
  public func additionalData(repository: RepositoryUUID, name: String) -> [UInt8] {
    var writer = ByteWriter(capacity: Self.length + 16 + name.utf8.count)
    append(to: &writer)
    writer.id(repository)
    writer.raw(name.utf8)
    return writer.bytes
  }

  private func append(to writer: inout ByteWriter) {
    writer.magic(Self.magic)
    writer.u8(kind.rawValue)
    writer.u8(codec.rawValue)
    writer.u16(0)
    writer.u32(UInt32(rawLength))
    writer.digest(salt)
  }

  /// Decodes the first 48 bytes of a record; exactly those are to be passed.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> RecordHeader {
    var reader = ByteReader(bytes, record: "record header")
    try reader.magic(magic)
    let kindValue = try reader.u8("kind")
    guard let kind = RecordKind(rawValue: kindValue) else { throw reader.unsupported("kind", "\(kindValue)") }
    let codec = try reader.codec("codec")
    try reader.zeros(2, "reserved")
    let rawLength = Int(try reader.u32("raw length"))
    guard rawLength <= kind.rawLengthLimit else { throw reader.above(UInt64(kind.rawLengthLimit), "raw length") }
    let salt = try reader.digest("salt")
    try reader.finish()
    return RecordHeader(kind: kind, codec: codec, rawLength: rawLength, salt: salt)
  }
}
