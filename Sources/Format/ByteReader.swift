public import Cryptography

/// Reads the format's primitive fields from bytes that nobody vouches for.
///
/// Every read either succeeds inside the bounds or throws; nothing is allocated by a length that the bytes state unless
/// that many bytes are there. The memory must outlive the reader.
public struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  let record: StaticString
  /// Where the next field begins, from the start of the bytes.
  public internal(set) var position: Int

  /// A reader at the beginning of `bytes`; `record` names them in errors.
  public init(_ bytes: UnsafeRawBufferPointer, record: StaticString) {
    self.bytes = bytes
    self.record = record
    self.position = 0
  }

  /// Reads a whole record from an array with `body`, which must leave nothing over.
  static func read<Value>(
    _ bytes: [UInt8], record: StaticString, _ body: (inout ByteReader) throws(FormatError) -> Value
  ) throws(FormatError) -> Value {
    try bytes.withBytes { (bytes) throws(FormatError) in
      var reader = ByteReader(bytes, record: record)
      let value = try body(&reader)
      try reader.finish()
      return value
    }
  }

  /// How many bytes are left.
  public var remaining: Int { bytes.count &- position }

  /// Reads one byte.
  @inline(__always)
  public mutating func u8(_ field: StaticString) throws(FormatError) -> UInt8 {
    guard remaining >= 1 else { throw truncated(field) }
    defer { position &+= 1 }
    return bytes.loadUnaligned(fromByteOffset: position, as: UInt8.self)
  }

  /// Reads a 16-bit integer, little-endian.
  public mutating func u16(_ field: StaticString) throws(FormatError) -> UInt16 { try integer(field) }

  /// Reads a 32-bit integer, little-endian.
  public mutating func u32(_ field: StaticString) throws(FormatError) -> UInt32 { try integer(field) }

  /// Reads a 64-bit integer, little-endian.
  public mutating func u64(_ field: StaticString) throws(FormatError) -> UInt64 { try integer(field) }

  /// Reads an unsigned LEB128 integer; only its shortest form is accepted.
  @inline(__always)
  public mutating func varint(_ field: StaticString) throws(FormatError) -> UInt64 {
    let first = try u8(field)
    return first < 0x80 ? UInt64(first) : try varint(continuing: first, field)
  }

  /// Reads an unsigned LEB128 integer of at most `limit`; a larger one is a limit error.
  @inline(__always)
  public mutating func varint(_ field: StaticString, atMost limit: UInt64) throws(FormatError) -> UInt64 {
    let value = try varint(field)
    guard value <= limit else { throw above(limit, field) }
    return value
  }

  /// Reads a signed integer in zigzag LEB128 form.
  @inline(__always)
  public mutating func svarint(_ field: StaticString) throws(FormatError) -> Int64 {
    let value = try varint(field)
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// Reads the count of elements that take at least `size` bytes each, so that it can be no larger than what is there.
  public mutating func count(_ field: StaticString, elementsOfAtLeast size: Int) throws(FormatError) -> Int {
    let value = try varint(field)
    guard value <= UInt64(remaining / size) else { throw malformed(field, "more elements than there are bytes") }
    return Int(value)
  }

  /// Reads a length and lends that many bytes, which lie in the memory of the reader.
  @inline(__always)
  public mutating func bytes(_ field: StaticString) throws(FormatError) -> UnsafeRawBufferPointer {
    let length = try varint(field)
    guard length <= UInt64(remaining) else { throw truncated(field) }
    return take(Int(length))
  }

  /// Lends the next `count` bytes, which lie in the memory of the reader.
  public mutating func raw(_ count: Int, _ field: StaticString) throws(FormatError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw truncated(field) }
    return take(count)
  }

  /// Reads 32 bytes.
  @inline(__always)
  public mutating func digest(_ field: StaticString) throws(FormatError) -> Digest256 {
    guard remaining >= 32 else { throw truncated(field) }
    return Digest256(take(32))
  }

  /// Reads a name of 32 bytes.
  @inline(__always)
  public mutating func id<ID: Identifier256>(_ field: StaticString) throws(FormatError) -> ID {
    ID(try digest(field))
  }

  /// Reads a name of 16 bytes.
  public mutating func id<ID: Identifier128>(_ field: StaticString) throws(FormatError) -> ID {
    ID(try raw(16, field))
  }

  /// Requires that no bytes are left.
  public func finish() throws(FormatError) {
    guard remaining == 0 else { throw FormatError.malformed(record, "bytes are left over") }
  }

  /// Requires that `count` reserved bytes come next and are zero.
  public mutating func zeros(_ count: Int, _ field: StaticString) throws(FormatError) {
    for byte in try raw(count, field) where byte != 0 { throw malformed(field, "not zero") }
  }

  /// Requires `magic` next.
  mutating func magic(_ magic: StaticString) throws(FormatError) {
    let found = try raw(magic.utf8CodeUnitCount, "magic")
    let expected = UnsafeRawBufferPointer(start: magic.utf8Start, count: magic.utf8CodeUnitCount)
    guard found.elementsEqual(expected) else { throw malformed("magic", "not \(magic)") }
  }

  @inline(__always)
  private mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
    defer { position &+= count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position &+ count])
  }

  @inline(__always)
  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ field: StaticString
  ) throws(FormatError) -> Value {
    guard remaining >= MemoryLayout<Value>.size else { throw truncated(field) }
    defer { position &+= MemoryLayout<Value>.size }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
  }

  private mutating func varint(continuing first: UInt8, _ field: StaticString) throws(FormatError) -> UInt64 {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while true {
      let byte = try u8(field)
      // The tenth byte holds the 64th bit and nothing else.
      guard shift < 63 || byte <= 1 else { throw malformed(field, "an integer of more than 64 bits") }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 {
        guard byte != 0 else { throw malformed(field, "an integer that is not in its shortest form") }
        return value
      }
      shift &+= 7
    }
  }
}

extension ByteReader {
  @inline(never)
  func truncated(_ field: StaticString) -> FormatError {
    .malformed(record, "\(field): the record ends too early")
  }

  @inline(never)
  func malformed(_ field: StaticString, _ problem: String) -> FormatError {
    .malformed(record, "\(field): \(problem)")
  }

  @inline(never)
  func unsupported(_ field: StaticString, _ problem: String) -> FormatError {
    .unsupported(record, "\(field): \(problem)")
  }

  @inline(never)
  func above(_ limit: UInt64, _ field: StaticString) -> FormatError {
    .limit(record, "\(field): above its limit of \(limit)")
  }
}
