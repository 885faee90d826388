extension Digest256 {
  /// Reads exactly 64 lower-case hexadecimal digits; nil for anything else.
  ///
  /// Upper case is refused, so that a digest has one spelling and names made from it can be compared as text.
  @inlinable
  public init?(hexadecimal text: some StringProtocol) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var digits = 0
    for character in text.utf8 {
      guard digits < 2 * Self.byteCount, let digit = Self.digitValue(character) else { return nil }
      // The words are shifted through as one 256-bit number; sixteen digits fill each.
      switch digits >> 4 {
      case 0: words.0 = words.0 << 4 | digit
      case 1: words.1 = words.1 << 4 | digit
      case 2: words.2 = words.2 << 4 | digit
      default: words.3 = words.3 << 4 | digit
      }
      digits += 1
    }
    guard digits == 2 * Self.byteCount else { return nil }
    words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    self = Swift.withUnsafeBytes(of: words) { Digest256($0) }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public var hexadecimal: String {
    String(unsafeUninitializedCapacity: 2 * Self.byteCount) { digits in
      withUnsafeBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          digits[2 * index] = Self.digit(byte >> 4)
          digits[2 * index + 1] = Self.digit(byte & 15)
        }
      }
      return 2 * Self.byteCount
    }
  }

  @inlinable
  static func digitValue(_ character: UInt8) -> UInt64? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character &- UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character &- UInt8(ascii: "a") &+ 10)
    default: nil
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
  }
}

extension Digest256: CustomStringConvertible {
  /// The same as ``hexadecimal``.
  public var description: String { hexadecimal }
}
