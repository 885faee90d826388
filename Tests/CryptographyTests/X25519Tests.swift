import Cryptography
import Testing

@Suite struct X25519Tests {
  private func publicKey(_ bytes: [UInt8]) -> X25519.PublicKey {
    bytes.withUnsafeBytes { X25519.PublicKey($0) }
  }

  private func multiply(_ scalar: [UInt8], _ point: [UInt8]) throws -> [UInt8] {
    try X25519.PrivateKey(secret(scalar)).sharedSecret(with: publicKey(point)).array
  }

  @Test("X25519 gives the products of RFC 7748, section 5.2")
  func knownProducts() throws {
    #expect(
      try multiply(
        bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
        bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
        == bytes("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))
    #expect(
      try multiply(
        bytes("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
        bytes("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))
        == bytes("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"))
  }

  @Test("iterating the product gives RFC 7748's values after 1 and 1,000 rounds")
  func iterated() throws {
    var scalar: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
    var point = scalar
    for round in 1...1000 {
      (scalar, point) = (try multiply(scalar, point), scalar)
      if round == 1 {
        #expect(scalar == bytes("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
      }
    }
    #expect(scalar == bytes("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"))
  }

  @Test("both sides of RFC 7748's exchange have its public keys and its secret")
  func exchange() throws {
    let alice = try X25519.PrivateKey(secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    let bob = try X25519.PrivateKey(secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    #expect(
      alice.publicKey == publicKey(bytes("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")))
    #expect(
      bob.publicKey == publicKey(bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")))
    let shared = bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    #expect(try alice.sharedSecret(with: bob.publicKey).array == shared)
    #expect(try bob.sharedSecret(with: alice.publicKey).array == shared)
  }

  @Test("generated keys differ, agree with each other, and survive storing")
  func generated() throws {
    let (alice, bob) = (try X25519.PrivateKey(), try X25519.PrivateKey())
    #expect(alice.publicKey != bob.publicKey)
    let shared = try alice.sharedSecret(with: bob.publicKey)
    #expect(try bob.sharedSecret(with: alice.publicKey).isEqualInConstantTime(to: shared))
    let stored = try X25519.PrivateKey(secret(alice.secret.array))
    #expect(stored.publicKey == alice.publicKey)
    #expect(try stored.sharedSecret(with: bob.publicKey).isEqualInConstantTime(to: shared))
  }

  @Test("a key serves several threads at once")
  func concurrent() async throws {
    let (alice, bob) = (try X25519.PrivateKey(), try X25519.PrivateKey())
    let expected = try alice.sharedSecret(with: bob.publicKey).array
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<200 {
        group.addTask { try alice.sharedSecret(with: bob.publicKey).array }
      }
      for try await shared in group { #expect(shared == expected) }
    }
  }

  @Test(
    "a public key of small order, which makes the secret all zeros, is refused",
    arguments: [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
  func smallOrder(point: String) throws {
    let key = try X25519.PrivateKey()
    let error = #expect(throws: CryptographyError.self) { try key.sharedSecret(with: publicKey(bytes(point))) }
    #expect(error?.code == .invalidKey)
  }
}
