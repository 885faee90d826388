internal import COpenSSL

/// Whether two buffers hold the same bytes, in a time that depends on their lengths only.
///
/// Buffers of different lengths are unequal; the lengths are not secret.
public func constantTimeEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  guard left.count == right.count else { return false }
  // CRYPTO_memcmp is not specified for null pointers, and an empty buffer may have one.
  guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return true }
  return CRYPTO_memcmp(leftStart, rightStart, left.count) == 0
}

extension Digest256 {
  /// Whether two digests are equal, in constant time. Use it wherever one of them authenticates something.
  public func isEqualInConstantTime(to other: Digest256) -> Bool {
    withUnsafeBytes { mine in other.withUnsafeBytes { constantTimeEqual(mine, $0) } }
  }
}

extension SecretBytes {
  /// Whether two secrets hold the same bytes, in a time that depends on their lengths only.
  public func isEqualInConstantTime(to other: SecretBytes) -> Bool {
    withUnsafeBytes { mine in other.withUnsafeBytes { constantTimeEqual(mine, $0) } }
  }
}
