import Cryptography
import TestSupport
import Testing

@Suite struct HMACSHA256Tests {
  struct Vector: Sendable {
    let key: [UInt8]
    let message: [UInt8]
    let code: [UInt8]
  }

  /// RFC 4231, section 4; test case 5 gives the first 16 bytes only.
  static let vectors = [
    Vector(
      key: .init(repeating: 0x0b, count: 20), message: .init("Hi There".utf8),
      code: bytes("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")),
    Vector(
      key: .init("Jefe".utf8), message: .init("what do ya want for nothing?".utf8),
      code: bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")),
    Vector(
      key: .init(repeating: 0xaa, count: 20), message: .init(repeating: 0xdd, count: 50),
      code: bytes("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")),
    Vector(
      key: .init(1...25), message: .init(repeating: 0xcd, count: 50),
      code: bytes("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")),
    Vector(
      key: .init(repeating: 0x0c, count: 20), message: .init("Test With Truncation".utf8),
      code: bytes("a3b6167473100ee06e0c796c2955552b")),
    Vector(
      key: .init(repeating: 0xaa, count: 131),
      message: .init("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: bytes("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")),
    Vector(
      key: .init(repeating: 0xaa, count: 131),
      message: .init(
        """
        This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
        hashed before being used by the HMAC algorithm.
        """.utf8),
      code: bytes("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")),
  ]

  @Test("HMAC-SHA256 gives the codes of RFC 4231", arguments: vectors)
  func knownAnswers(vector: Vector) {
    var hmac = HMACSHA256(key: secret(vector.key))
    let code = vector.message.withUnsafeBytes { hmac.authenticate($0) }
    #expect([UInt8](code.array.prefix(vector.code.count)) == vector.code)
  }

  @Test("a prefix byte and a message give the code of the two joined", arguments: vectors)
  func prefixed(vector: Vector) {
    var hmac = HMACSHA256(key: secret(vector.key))
    let code = vector.message.dropFirst().withUnsafeBytes { hmac.authenticate(prefix: vector.message[0], $0) }
    #expect([UInt8](code.array.prefix(vector.code.count)) == vector.code)
  }

  @Test("one context gives every message the code that the definition gives, whatever came before")
  func definition() {
    let seed: UInt64 = 3
    var generator = SeededGenerator(seed: seed)
    let key = generator.bytes(32)
    let block = key + [UInt8](repeating: 0, count: 32)
    var hmac = HMACSHA256(key: secret(key))
    for count in Array(0...200) + [4095, 4096, 65_536, 1_000_003] {
      let message = generator.bytes(count)
      let joined = [7] + message
      let inner = sha256(block.map { $0 ^ 0x36 } + joined)
      let expected = sha256(block.map { $0 ^ 0x5c } + inner.array)
      #expect(message.withUnsafeBytes { hmac.authenticate(prefix: 7, $0) } == expected, "seed \(seed), \(count) bytes")
      #expect(joined.withUnsafeBytes { hmac.authenticate($0) } == expected, "seed \(seed), \(count) bytes")
    }
  }

  @Test("the code depends on the key, the prefix and the message")
  func dependence() {
    let message = [UInt8]("message".utf8)
    var hmac = HMACSHA256(key: secret([1]))
    var other = HMACSHA256(key: secret([2]))
    let code = message.withUnsafeBytes { hmac.authenticate(prefix: 0, $0) }
    #expect(message.withUnsafeBytes { hmac.authenticate(prefix: 1, $0) } != code)
    #expect(message.withUnsafeBytes { other.authenticate(prefix: 0, $0) } != code)
    #expect(message.dropLast().withUnsafeBytes { hmac.authenticate(prefix: 0, $0) } != code)
    #expect(message.withUnsafeBytes { hmac.authenticate(prefix: 0, $0) } == code)
  }

  @Test("an empty key and an empty message have the code that the definition gives")
  func empty() {
    var hmac = HMACSHA256(key: secret([]))
    let code = hmac.authenticate(UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(code.hexadecimal == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }
}
