internal import Cryptography

/// A random name of 16 bytes. Ordered like its bytes; written in lower-case hexadecimal.
public protocol Identifier128: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first eight bytes, as a big-endian integer.
  var high: UInt64 { get }
  /// The last eight bytes, as a big-endian integer.
  var low: UInt64 { get }
  /// Makes the identifier from its two halves.
  init(high: UInt64, low: UInt64)
}

extension Identifier128 {
  /// Takes 16 bytes as they are.
  public init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == 16, "an identifier of this kind has 16 bytes")
    self.init(
      high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
      low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  /// A fresh identifier from `generator`, which must be fit for secrets.
  public static func random(using generator: inout some RandomNumberGenerator) -> Self {
    Self(high: generator.next(), low: generator.next())
  }

  /// The 16 bytes.
  public var bytes: [UInt8] {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
  }

  /// 32 lower-case hexadecimal digits.
  public var hex: String {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Hex.text($0) }
  }

  /// The identifier that `hex` writes, or nil unless it is 32 lower-case hexadecimal digits.
  public init?(hex: some StringProtocol) {
    let parsed: Self? = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { bytes in
      Hex.parse(hex, into: bytes) ? Self(UnsafeRawBufferPointer(bytes)) : nil
    }
    guard let parsed else { return nil }
    self = parsed
  }

  /// The hexadecimal digits.
  public var description: String { hex }

  /// Whether the bytes of `left` come before those of `right`.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// The random name of a snapshot, of its intent and of an abort record in its place.
public struct SnapshotID: Identifier128 {
  /// The first eight bytes, as a big-endian integer.
  public let high: UInt64
  /// The last eight bytes, as a big-endian integer.
  public let low: UInt64

  /// Makes the identifier from its two halves.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// The random name of a key slot.
public struct KeySlotID: Identifier128 {
  /// The first eight bytes, as a big-endian integer.
  public let high: UInt64
  /// The last eight bytes, as a big-endian integer.
  public let low: UInt64

  /// Makes the identifier from its two halves.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// What tells one repository from every other.
public struct RepositoryUUID: Identifier128 {
  /// The first eight bytes, as a big-endian integer.
  public let high: UInt64
  /// The last eight bytes, as a big-endian integer.
  public let low: UInt64

  /// Makes the identifier from its two halves.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}
