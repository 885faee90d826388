internal import COpenSSL

/// HMAC-SHA256 (RFC 2104) under one key, for many messages: one per worker thread.
///
/// The two compressions that depend on the key only are done once, so that a message costs its own compressions and two
/// more. No call allocates. The key-dependent state lies on the heap at one address, so that moving the value leaves no
/// copy behind, and is wiped at the end.
public struct HMACSHA256: ~Copyable {
  /// Hash states: keyed inner, keyed outer, and the one that works on the current message; of a batch, on the first of
  /// two.
  private let states: UnsafeMutablePointer<SHA256_CTX>
  private static let stateCount = 4

  var inner: UnsafeMutablePointer<SHA256_CTX> { states }
  var outer: UnsafeMutablePointer<SHA256_CTX> { states + 1 }
  var working: UnsafeMutablePointer<SHA256_CTX> { states + 2 }
  var workingSecond: UnsafeMutablePointer<SHA256_CTX> { states + 3 }

  /// Prepares the key, which may have any length.
  public init(key: SecretBytes) {
    states = .allocate(capacity: Self.stateCount)
    states.initialize(repeating: SHA256_CTX(), count: Self.stateCount)
    key.withUnsafeBytes { bytes in
      Self.start(inner, key: bytes, pad: 0x36)
      Self.start(outer, key: bytes, pad: 0x5c)
    }
  }

  deinit {
    OPENSSL_cleanse(states, Self.stateCount * MemoryLayout<SHA256_CTX>.stride)
    states.deallocate()
  }

  /// The authentication code of a message.
  public mutating func authenticate(_ message: UnsafeRawBufferPointer) -> Digest256 {
    working.update(from: inner, count: 1)
    SHA256_Update(working, message.baseAddress, message.count)
    return finish()
  }

  /// The authentication code of one byte followed by a message, without joining them in memory.
  public mutating func authenticate(prefix: UInt8, _ message: UnsafeRawBufferPointer) -> Digest256 {
    working.update(from: inner, count: 1)
    withUnsafeBytes(of: prefix) { _ = SHA256_Update(working, $0.baseAddress, $0.count) }
    SHA256_Update(working, message.baseAddress, message.count)
    return finish()
  }

  private mutating func finish() -> Digest256 {
    let innerDigest = Digest256 { SHA256_Final($0, working) }
    working.update(from: outer, count: 1)
    innerDigest.withUnsafeBytes { _ = SHA256_Update(working, $0.baseAddress, $0.count) }
    return Digest256 { SHA256_Final($0, working) }
  }

  /// Begins a hash with the key's block, each byte xored with `pad`.
  private static func start(_ state: UnsafeMutablePointer<SHA256_CTX>, key: UnsafeRawBufferPointer, pad: UInt8) {
    // A secret, so that the padded key is wiped like the key itself.
    let block = SecretBytes(count: Int(SHA256_CBLOCK)) { block in
      if key.count <= block.count {
        block.copyMemory(from: key)
      } else {
        SHA256Hasher.hash(key).withUnsafeBytes { block.copyMemory(from: $0) }
      }
      for index in block.indices { block[index] ^= pad }
    }
    SHA256_Init(state)
    block.withUnsafeBytes { _ = SHA256_Update(state, $0.baseAddress, $0.count) }
  }
}
