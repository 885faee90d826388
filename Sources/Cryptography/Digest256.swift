/// A value of 32 bytes, such as a SHA-256 digest: four machine words, no allocation.
///
/// It is ordered as its bytes are, first byte first.
@frozen
public struct Digest256: Hashable, Sendable {
  /// The number of bytes.
  public static let byteCount = 32

  // The bytes in memory order, whatever the machine's endianness: `withUnsafeBytes` lends the words as they lie.
  @usableFromInline let word0: UInt64
  @usableFromInline let word1: UInt64
  @usableFromInline let word2: UInt64
  @usableFromInline let word3: UInt64

  /// Copies 32 bytes; any other length is a programmer's error.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == Self.byteCount, "a 256-bit digest has 32 bytes")
    word0 = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
    word1 = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    word2 = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    word3 = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
  }

  /// The digest whose 32 bytes `body` writes, all of them, through the pointer.
  init(writtenBy body: (UnsafeMutablePointer<UInt8>) -> Void) {
    self = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.byteCount) { buffer in
      buffer.initialize(repeating: 0)
      if let start = buffer.baseAddress { body(start) }
      return Digest256(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Lends the 32 bytes. The pointer must not leave the closure.
  @inlinable
  public func withUnsafeBytes<Result, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Result
  ) throws(E) -> Result {
    try Swift.withUnsafeBytes(of: self, body)
  }
}

extension Digest256: Comparable {
  /// Whether the left one's bytes come first, compared from the first byte on.
  @inlinable
  public static func < (left: Digest256, right: Digest256) -> Bool {
    if left.word0 != right.word0 { return left.word0.bigEndian < right.word0.bigEndian }
    if left.word1 != right.word1 { return left.word1.bigEndian < right.word1.bigEndian }
    if left.word2 != right.word2 { return left.word2.bigEndian < right.word2.bigEndian }
    return left.word3.bigEndian < right.word3.bigEndian
  }
}
