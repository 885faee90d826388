extension IndexSegment: BinaryRecord {
  // A pack's fixed fields, the length of its directory and an empty directory.
  private static let leastPackSize = 32 + 8 + 1 + 64 + 2

  /// The body of the record. A writer keeps it within `Limits.indexSegmentLength`.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(packs.count)
    for pack in packs { pack.append(to: &writer) }
    return writer.bytes
  }

  /// Decodes the body of the record.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> IndexSegment {
    var reader = ByteReader(bytes, record: "index segment")
    guard bytes.count <= Limits.indexSegmentLength else {
      throw reader.above(UInt64(Limits.indexSegmentLength), "length")
    }
    var segment = IndexSegment()
    for _ in 0..<(try reader.count("packs", elementsOfAtLeast: leastPackSize)) {
      segment.packs.append(try PackDescription.decode(from: &reader))
    }
    try reader.finish()
    return segment
  }
}

extension PackDescription {
  func append(to writer: inout ByteWriter) {
    writer.id(id)
    writer.u64(length)
    writer.u8(kind.rawValue)
    writer.digest(ephemeralKey)
    writer.digest(commitment)
    writer.bytes(directory.encode())
  }

  static func decode(from reader: inout ByteReader) throws(FormatError) -> PackDescription {
    let id: PackID = try reader.id("pack id")
    let length = try reader.u64("pack length")
    guard length <= UInt64(Limits.packLength) else { throw reader.above(UInt64(Limits.packLength), "pack length") }
    let kind = try reader.packKind("pack kind")
    let ephemeralKey = try reader.digest("ephemeral key")
    let commitment = try reader.digest("key commitment")
    var inner = ByteReader(try reader.bytes("directory"), record: "pack directory in an index segment")
    let directoryLength = inner.remaining
    let directory = try PackDirectory.decode(from: &inner, kind: kind)
    try inner.finish()
    guard directory.framesEnd + directoryLength + PackLength.tagLength + PackFooter.length <= Int(length) else {
      throw reader.malformed("pack length", "too short for the pack's directory")
    }
    return PackDescription(
      id: id, length: length, kind: kind, ephemeralKey: ephemeralKey, commitment: commitment, directory: directory)
  }
}
