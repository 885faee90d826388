extension PackHeader: BinaryRecord {
  private static let magic: StaticString = "FIRNPACK"
  private static let version: UInt8 = 1

  /// The 96 bytes.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.length)
    append(to: &writer)
    return writer.bytes
  }

  func append(to writer: inout ByteWriter) {
    writer.magic(Self.magic)
    writer.u8(Self.version)
    writer.u8(kind.rawValue)
    writer.zeros(6)
    writer.id(repository)
    writer.digest(ephemeralKey)
    writer.digest(commitment)
  }

  /// Decodes the first 96 bytes of a pack; exactly those are to be passed.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> PackHeader {
    var reader = ByteReader(bytes, record: "pack header")
    try reader.magic(magic)
    let found = try reader.u8("version")
    guard found == version else { throw reader.unsupported("version", "\(found)") }
    let kind = try reader.packKind("kind")
    try reader.zeros(6, "reserved")
    let header = PackHeader(
      kind: kind, repository: try reader.id("repository UUID"), ephemeralKey: try reader.digest("ephemeral key"),
      commitment: try reader.digest("key commitment"))
    try reader.finish()
    return header
  }
}
