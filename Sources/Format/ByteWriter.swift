public import Cryptography

/// Appends the format's primitive fields to a buffer that can be used again.
public struct ByteWriter: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer with room for `capacity` bytes.
  public init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// How many bytes were written so far.
  public var count: Int { bytes.count }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Appends one byte.
  public mutating func u8(_ value: UInt8) { bytes.append(value) }

  /// Appends a 16-bit integer, little-endian.
  public mutating func u16(_ value: UInt16) { integer(value) }

  /// Appends a 32-bit integer, little-endian.
  public mutating func u32(_ value: UInt32) { integer(value) }

  /// Appends a 64-bit integer, little-endian.
  public mutating func u64(_ value: UInt64) { integer(value) }

  /// Appends an unsigned integer in the shortest LEB128 form.
  public mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a count or length, which must not be negative, as a varint.
  public mutating func varint(_ value: Int) { varint(UInt64(value)) }

  /// Appends a signed integer in zigzag LEB128 form.
  public mutating func svarint(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Appends a length and that many bytes.
  public mutating func bytes(_ value: some Collection<UInt8>) {
    varint(value.count)
    bytes.append(contentsOf: value)
  }

  /// Appends bytes without a length.
  public mutating func raw(_ value: some Collection<UInt8>) {
    bytes.append(contentsOf: value)
  }

  /// Appends 32 bytes.
  public mutating func digest(_ value: Digest256) {
    value.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Appends a name of 32 bytes.
  public mutating func id(_ value: some Identifier256) { digest(value.digest) }

  /// Appends a name of 16 bytes.
  public mutating func id(_ value: some Identifier128) {
    integer(value.high.bigEndian)
    integer(value.low.bigEndian)
  }

  /// Appends `count` zero bytes.
  public mutating func zeros(_ count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: count))
  }

  mutating func magic(_ magic: StaticString) {
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: magic.utf8Start, count: magic.utf8CodeUnitCount))
  }

  private mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
