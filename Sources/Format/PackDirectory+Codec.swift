extension PackDirectory {
  /// The plaintext without padding, as index segments repeat it.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 5 + 12 * frames.count + 36 * chunks.count)
    append(to: &writer)
    return writer.bytes
  }

  /// The plaintext with zero bytes up to `length`, which must not be below the length of the plaintext; see
  /// ``PackLength``.
  public func encode(paddedTo length: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: length)
    append(to: &writer)
    writer.zeros(length - writer.count)
    return writer.bytes
  }

  func append(to writer: inout ByteWriter) {
    writer.varint(frames.count)
    for frame in frames {
      writer.varint(UInt64(frame.sealedLength))
      writer.varint(UInt64(frame.rawLength))
      writer.u8(frame.codec.rawValue)
      writer.varint(UInt64(frame.chunkCount))
    }
    for chunk in chunks {
      writer.id(chunk.id)
      writer.varint(UInt64(chunk.length) << 2 | UInt64(chunk.kind.rawValue))
    }
  }

  /// Decodes the plaintext of a pack's directory with its padding.
  ///
  /// With `kind` given, chunks that don't belong into a pack of that kind are refused.
  public static func decode(_ bytes: UnsafeRawBufferPointer, kind: PackKind?) throws(FormatError) -> PackDirectory {
    var reader = ByteReader(bytes, record: "pack directory")
    let directory = try decode(from: &reader, kind: kind)
    try reader.zeros(reader.remaining, "padding")
    return directory
  }

  /// Decodes the plaintext of a pack's directory with its padding.
  public static func decode(_ bytes: [UInt8], kind: PackKind?) throws(FormatError) -> PackDirectory {
    try ByteReader.read(bytes, record: "pack directory") { reader throws(FormatError) in
      let directory = try decode(from: &reader, kind: kind)
      try reader.zeros(reader.remaining, "padding")
      return directory
    }
  }

  static func decode(from reader: inout ByteReader, kind: PackKind?) throws(FormatError) -> PackDirectory {
    guard reader.remaining <= Limits.packDirectoryLength else {
      throw reader.above(UInt64(Limits.packDirectoryLength), "length")
    }
    var directory = PackDirectory()
    try directory.decodeFrames(from: &reader)
    try directory.decodeChunks(from: &reader, kind: kind)
    return directory
  }
}
