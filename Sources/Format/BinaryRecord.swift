/// A record that can be decoded from bytes that nobody vouches for.
public protocol BinaryRecord {
  /// Decodes one whole record; throws on anything the format doesn't allow, bytes left over included.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Self
}

extension BinaryRecord {
  /// Decodes one whole record from an array.
  public static func decode(_ bytes: [UInt8]) throws(FormatError) -> Self {
    try bytes.withBytes { (bytes) throws(FormatError) in try decode(bytes) }
  }
}
