extension ByteReader {
  mutating func codec(_ field: StaticString) throws(FormatError) -> Codec {
    let value = try u8(field)
    guard let codec = Codec(rawValue: value) else { throw unsupported(field, "\(value)") }
    return codec
  }

  mutating func packKind(_ field: StaticString) throws(FormatError) -> PackKind {
    let value = try u8(field)
    guard let kind = PackKind(rawValue: value) else { throw unsupported(field, "\(value)") }
    return kind
  }

  /// Reads seconds and nanoseconds.
  @inline(__always)
  mutating func timestamp(_ field: StaticString) throws(FormatError) -> Timestamp {
    let seconds = try svarint(field)
    let nanoseconds = try varint(field, atMost: 999_999_999)
    return Timestamp(seconds: seconds, nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
  }

  /// Reads an integer of 32 bits.
  @inline(__always)
  mutating func varint32(_ field: StaticString) throws(FormatError) -> UInt32 {
    UInt32(truncatingIfNeeded: try varint(field, atMost: UInt64(UInt32.max)))
  }
}

extension ByteWriter {
  mutating func timestamp(_ value: Timestamp) {
    svarint(value.seconds)
    varint(UInt64(value.nanoseconds))
  }
}
