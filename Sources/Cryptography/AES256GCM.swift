internal import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) with one context for many messages and keys: one per worker thread.
///
/// A sealed message is the ciphertext followed by a 16-byte tag. The nonce is four zero bytes and a big-endian 64-bit
/// counter. **Under one key no counter may ever be used for two different messages**: that gives away the
/// authentication key. Who holds the key keeps count.
///
/// No message holds 2 GiB or more, and neither does its associated data.
public struct AES256GCM: ~Copyable {
  /// The length of a key, in bytes.
  public static let keyCount = 32
  /// What sealing adds to a message's length, in bytes.
  public static let tagCount = 16

  private let context: OpaquePointer

  /// Makes a context with a key of 32 bytes.
  ///
  /// - Throws: ``CryptographyError/Code/libraryFailure``.
  public init(key: SecretBytes) throws(CryptographyError) {
    context = try Self.makeContext(key: key)
  }

  deinit {
    EVP_CIPHER_CTX_free(context)
  }

  /// Goes on with another key of 32 bytes. Cheap: the cipher is looked up once, when the context is made.
  ///
  /// - Throws: ``CryptographyError/Code/libraryFailure``; the context must not be used afterwards.
  public mutating func setKey(_ key: SecretBytes) throws(CryptographyError) {
    guard Self.initialize(context, cipher: nil, key: key) else {
      throw .afterFailedCall("setting an AES-256-GCM key")
    }
  }

  /// Writes ciphertext and tag to the first `plaintext.count + tagCount` bytes of `output`.
  ///
  /// `output` may begin at the plaintext's own address, and must not overlap it otherwise.
  ///
  /// - Throws: ``CryptographyError/Code/libraryFailure``; the output's content is then undefined.
  public mutating func seal(
    _ plaintext: UnsafeRawBufferPointer,
    nonce counter: UInt64,
    additionalData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(CryptographyError) {
    try seal(plaintext, nonce: GCMNonce(counter: counter), additionalData: additionalData, into: output)
  }

  /// Checks a sealed message and writes its plaintext to the first `sealed.count - tagCount` bytes of `output`.
  ///
  /// `output` may begin at the sealed message's own address, and must not overlap it otherwise. On any error those
  /// bytes of the output are zero: nothing unauthenticated ever stays in it.
  ///
  /// - Throws: ``CryptographyError/Code/authenticationFailed`` for anything but what was sealed with this key, nonce and
  ///   associated data, also for fewer bytes than a tag has; ``CryptographyError/Code/libraryFailure``.
  public mutating func open(
    _ sealed: UnsafeRawBufferPointer,
    nonce counter: UInt64,
    additionalData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(CryptographyError) {
    try open(sealed, nonce: GCMNonce(counter: counter), additionalData: additionalData, into: output)
  }
}

extension AES256GCM {
  mutating func seal(
    _ plaintext: UnsafeRawBufferPointer,
    nonce: GCMNonce,
    additionalData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(CryptographyError) {
    precondition(output.count >= plaintext.count + Self.tagCount, "no room for ciphertext and tag")
    let tag = output.baseAddress.map { $0 + plaintext.count }
    let sealed =
      begin(.seal, nonce: nonce)
      && update(additionalData, output: nil)
      && update(plaintext, output: output.bytePointer)
      && finish(output: tag)
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagCount), tag) == 1
    guard sealed else { throw .afterFailedCall("sealing \(plaintext.count) bytes with AES-256-GCM") }
  }

  mutating func open(
    _ sealed: UnsafeRawBufferPointer,
    nonce: GCMNonce,
    additionalData: UnsafeRawBufferPointer,
    into output: UnsafeMutableRawBufferPointer
  ) throws(CryptographyError) {
    guard sealed.count >= Self.tagCount else {
      throw CryptographyError(.authenticationFailed, "a sealed message of \(sealed.count) bytes has no tag")
    }
    let count = sealed.count - Self.tagCount
    precondition(output.count >= count, "no room for the plaintext")
    let ciphertext = UnsafeRawBufferPointer(rebasing: sealed[..<count])
    // libcrypto copies the tag and declares the pointer mutable only because one call serves all controls.
    let tag = UnsafeMutableRawPointer(mutating: UnsafeRawBufferPointer(rebasing: sealed[count...]).baseAddress)
    let decrypted =
      begin(.open, nonce: nonce)
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), tag) == 1
      && update(additionalData, output: nil)
      && update(ciphertext, output: output.bytePointer)
    guard decrypted, finish(output: output.baseAddress) else {
      if let start = output.baseAddress { OPENSSL_cleanse(start, count) }
      guard decrypted else { throw .afterFailedCall("opening \(count) bytes with AES-256-GCM") }
      throw .afterFailedCall("a sealed message of \(count) bytes failed authentication", code: .authenticationFailed)
    }
  }

  /// What libcrypto calls `enc`.
  private enum Direction: Int32 {
    case open = 0
    case seal = 1
  }

  private static func makeContext(key: SecretBytes) throws(CryptographyError) -> OpaquePointer {
    guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
      throw .afterFailedCall("looking up AES-256-GCM")
    }
    defer { EVP_CIPHER_free(cipher) }
    guard let context = EVP_CIPHER_CTX_new() else { throw .afterFailedCall("making a cipher context") }
    // The context keeps its own reference to the cipher; every later init names none and so looks nothing up.
    guard initialize(context, cipher: cipher, key: key) else {
      defer { EVP_CIPHER_CTX_free(context) }
      throw .afterFailedCall("making an AES-256-GCM context")
    }
    return context
  }

  private static func initialize(_ context: OpaquePointer, cipher: OpaquePointer?, key: SecretBytes) -> Bool {
    precondition(key.count == keyCount, "an AES-256 key has 32 bytes")
    return key.withUnsafeBytes { bytes in
      EVP_CipherInit_ex2(context, cipher, bytes.bytePointer, nil, Direction.seal.rawValue, nil) == 1
    }
  }

  private mutating func begin(_ direction: Direction, nonce: GCMNonce) -> Bool {
    nonce.withUnsafeBytes { bytes in
      EVP_CipherInit_ex2(context, nil, nil, bytes.bytePointer, direction.rawValue, nil) == 1
    }
  }

  /// Feeds a message, or associated data where there is no output.
  private mutating func update(_ input: UnsafeRawBufferPointer, output: UnsafeMutablePointer<UInt8>?) -> Bool {
    precondition(input.count <= Int32.max, "a message of 2 GiB or more")
    guard !input.isEmpty else { return true }
    var written: Int32 = 0
    return EVP_CipherUpdate(context, output, &written, input.bytePointer, Int32(input.count)) == 1
  }

  /// Ends the message. GCM writes nothing here, yet libcrypto wants somewhere to write it.
  private mutating func finish(output: UnsafeMutableRawPointer?) -> Bool {
    var written: Int32 = 0
    return EVP_CipherFinal_ex(context, output?.assumingMemoryBound(to: UInt8.self), &written) == 1
  }
}
