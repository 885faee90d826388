internal import COpenSSL

/// SHA-256 over bytes that come in pieces.
///
/// No call allocates. libcrypto's low-level functions serve here: on a plain struct they can't fail, so nothing throws.
public struct SHA256Hasher: ~Copyable {
  private var context = SHA256_CTX()

  /// Starts a hash over no bytes yet.
  public init() {
    SHA256_Init(&context)
  }

  /// Adds bytes to those hashed.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// The digest of everything added, which ends the hash.
  public consuming func finalize() -> Digest256 {
    var context = context
    return Digest256 { SHA256_Final($0, &context) }
  }

  /// The digest of one buffer.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }
}
