import Cryptography
import Testing

@Suite struct AES256GCMTamperingTests {
  static let key = secret([UInt8](1...32))
  static let plaintext = [UInt8](repeating: 0x77, count: 100)
  static let associated = [UInt8](0..<40)

  /// Opens and expects a failed authentication that leaves zeros where the plaintext would be, and nothing elsewhere.
  private func expectRefusal(
    _ sealed: [UInt8], nonce: UInt64 = 5, additionalData: [UInt8] = associated, key: SecretBytes = key,
    _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var cipher = try AES256GCM(key: key)
    let count = max(0, sealed.count - AES256GCM.tagCount)
    var output = [UInt8](repeating: 0xee, count: count + 1)
    do {
      try cipher.open(sealed, nonce: nonce, additionalData: additionalData, into: &output)
      Issue.record("opened: \(comment)", sourceLocation: sourceLocation)
    } catch let error as CryptographyError {
      #expect(error.code == .authenticationFailed, comment, sourceLocation: sourceLocation)
    }
    #expect(output == [UInt8](repeating: 0, count: count) + [0xee], comment, sourceLocation: sourceLocation)
  }

  private func sealedMessage() throws -> [UInt8] {
    var cipher = try AES256GCM(key: Self.key)
    return try cipher.sealed(Self.plaintext, nonce: 5, additionalData: Self.associated)
  }

  @Test("a change to any byte of ciphertext or tag is refused and leaves no plaintext")
  func everyByte() throws {
    let sealed = try sealedMessage()
    for index in sealed.indices {
      for bit in 0..<8 {
        var damaged = sealed
        damaged[index] ^= 1 << bit
        try expectRefusal(damaged, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test("a change to any byte of the associated data is refused")
  func everyAssociatedByte() throws {
    let sealed = try sealedMessage()
    for index in Self.associated.indices {
      var damaged = Self.associated
      damaged[index] ^= 0x80
      try expectRefusal(sealed, additionalData: damaged, "associated byte \(index)")
    }
    try expectRefusal(sealed, additionalData: [], "no associated data")
    try expectRefusal(sealed, additionalData: Self.associated + [0], "longer associated data")
  }

  @Test("a message cut to any length is refused, also below the length of a tag")
  func everyLength() throws {
    let sealed = try sealedMessage()
    for count in 0..<sealed.count {
      try expectRefusal([UInt8](sealed.prefix(count)), "cut to \(count) bytes")
    }
    try expectRefusal(sealed + [0], "one byte more")
  }

  @Test("another nonce or another key is refused")
  func otherNonceAndKey() throws {
    let sealed = try sealedMessage()
    try expectRefusal(sealed, nonce: 4, "nonce 4")
    try expectRefusal(sealed, nonce: 5 | 1 << 32, "nonce with a high bit")
    var otherKey = Self.key.array
    otherKey[31] ^= 1
    try expectRefusal(sealed, key: secret(otherKey), "another key")
  }

  @Test("a refused message does not spoil the context for the next")
  func recovery() throws {
    var cipher = try AES256GCM(key: Self.key)
    let sealed = try sealedMessage()
    #expect(throws: CryptographyError.self) { try cipher.opened(sealed, nonce: 6, additionalData: Self.associated) }
    #expect(try cipher.opened(sealed, nonce: 5, additionalData: Self.associated) == Self.plaintext)
    #expect(try cipher.sealed(Self.plaintext, nonce: 5, additionalData: Self.associated) == sealed)
  }
}
