/// Diffie-Hellman key agreement on Curve25519 (RFC 7748).
public enum X25519 {
  /// The length of a private key, a public key and a shared secret, in bytes.
  public static let keyCount = 32
}
