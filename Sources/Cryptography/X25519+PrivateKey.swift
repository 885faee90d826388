internal import COpenSSL

extension X25519 {
  /// A private key, which may be used by several threads at once.
  public final class PrivateKey: Sendable {
    /// The public key that belongs to it.
    public let publicKey: PublicKey

    /// The key as 32 secret bytes, to be stored under another key.
    public let secret: SecretBytes

    // Never changed once made, and libcrypto's derivation only reads it.
    nonisolated(unsafe) private let handle: OpaquePointer

    /// Takes a private key of 32 bytes; the clamping that the RFC asks for is done when it is used.
    ///
    /// - Throws: ``CryptographyError/Code/libraryFailure``.
    public init(_ secret: SecretBytes) throws(CryptographyError) {
      precondition(secret.count == X25519.keyCount, "an X25519 private key has 32 bytes")
      let handle = secret.withUnsafeBytes {
        EVP_PKEY_new_raw_private_key_ex(nil, "X25519", nil, $0.bytePointer, $0.count)
      }
      guard let handle else { throw .afterFailedCall("loading an X25519 private key") }
      do throws(CryptographyError) {
        publicKey = try Self.publicKey(of: handle)
      } catch {
        EVP_PKEY_free(handle)
        throw error
      }
      self.secret = secret
      self.handle = handle
    }

    /// Makes a new random key.
    ///
    /// - Throws: ``CryptographyError/Code/randomUnavailable``, ``CryptographyError/Code/libraryFailure``.
    public convenience init() throws(CryptographyError) {
      try self.init(SecretBytes(random: X25519.keyCount))
    }

    deinit {
      EVP_PKEY_free(handle)
    }

    /// The secret that both sides arrive at. It is not uniform: derive keys from it with ``HKDF``.
    ///
    /// - Throws: ``CryptographyError/Code/invalidKey`` where the other side's key is one of the few that make the secret
    ///   all zeros whatever this key is; ``CryptographyError/Code/libraryFailure``.
    public func sharedSecret(with peer: PublicKey) throws(CryptographyError) -> SecretBytes {
      let peerHandle = peer.withUnsafeBytes {
        EVP_PKEY_new_raw_public_key_ex(nil, "X25519", nil, $0.bytePointer, $0.count)
      }
      guard let peerHandle else { throw .afterFailedCall("loading an X25519 public key") }
      defer { EVP_PKEY_free(peerHandle) }
      guard let context = EVP_PKEY_CTX_new_from_pkey(nil, handle, nil) else {
        throw .afterFailedCall("making an X25519 context")
      }
      defer { EVP_PKEY_CTX_free(context) }
      guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peerHandle) == 1 else {
        throw .afterFailedCall("preparing an X25519 key agreement")
      }
      return try SecretBytes(count: X25519.keyCount) { (output) throws(CryptographyError) in
        var count = output.count
        // With both keys in place this fails for an all-zero result only; the tests hold libcrypto to that.
        guard EVP_PKEY_derive(context, output.bytePointer, &count) == 1, count == output.count else {
          throw .afterFailedCall("an X25519 public key of small order", code: .invalidKey)
        }
      }
    }

    private static func publicKey(of handle: OpaquePointer) throws(CryptographyError) -> PublicKey {
      try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: X25519.keyCount) {
        (buffer) throws(CryptographyError) in
        buffer.initialize(repeating: 0)
        var count = buffer.count
        guard EVP_PKEY_get_raw_public_key(handle, buffer.baseAddress, &count) == 1, count == buffer.count else {
          throw .afterFailedCall("computing an X25519 public key")
        }
        return PublicKey(UnsafeRawBufferPointer(buffer))
      }
    }
  }
}
