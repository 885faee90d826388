/// A 96-bit nonce as SP 800-38D builds it: a fixed field, then a counter, both big-endian.
struct GCMNonce {
  private let bigEndianWords: (UInt32, UInt32, UInt32)

  init(fixedField: UInt32 = 0, counter: UInt64) {
    bigEndianWords = (
      fixedField.bigEndian, UInt32(truncatingIfNeeded: counter >> 32).bigEndian,
      UInt32(truncatingIfNeeded: counter).bigEndian
    )
  }

  /// Lends the twelve bytes.
  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Swift.withUnsafeBytes(of: bigEndianWords, body)
  }
}
