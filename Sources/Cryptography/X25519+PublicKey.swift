extension X25519 {
  /// A public key: 32 bytes, every value of which is accepted until it is used.
  public struct PublicKey: Hashable, Sendable {
    private let bytes: SIMD32<UInt8>

    /// Copies 32 bytes; any other length is a programmer's error.
    public init(_ bytes: UnsafeRawBufferPointer) {
      precondition(bytes.count == X25519.keyCount, "an X25519 public key has 32 bytes")
      self.bytes = bytes.loadUnaligned(as: SIMD32<UInt8>.self)
    }

    /// Lends the 32 bytes. The pointer must not leave the closure.
    public func withUnsafeBytes<Result, E: Error>(
      _ body: (UnsafeRawBufferPointer) throws(E) -> Result
    ) throws(E) -> Result {
      try Swift.withUnsafeBytes(of: bytes, body)
    }
  }
}
