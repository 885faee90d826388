extension Digest256 {
  /// Reads exactly 64 lower-case hexadecimal digits; nil for anything else.
  public init?(hexadecimal text: some StringProtocol) {
    let parsed: Digest256? = withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) { bytes in
      Hex.parse(text, into: bytes) ? Digest256(UnsafeRawBufferPointer(bytes)) : nil
    }
    guard let parsed else { return nil }
    self = parsed
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public var hexadecimal: String { withUnsafeBytes { Hex.text($0) } }
}

extension Digest256: CustomStringConvertible {
  /// The same as ``hexadecimal``.
  public var description: String { hexadecimal }
}
