import Cryptography
import TestSupport
import Testing

@Suite struct SHA256HasherTests {
  @Test(
    "SHA-256 gives the digests of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func knownAnswers(message: String, digest: String) {
    #expect(sha256([UInt8](message.utf8)).hexadecimal == digest)
  }

  @Test("a hash without a single update is the hash of nothing")
  func noUpdate() {
    let hasher = SHA256Hasher()
    #expect(hasher.finalize() == sha256([]))
  }

  @Test("pieces of any length give the digest of the whole")
  func pieces() {
    let seed: UInt64 = 2
    var generator = SeededGenerator(seed: seed)
    let message = generator.bytes(5000)
    let whole = sha256(message)
    for round in 0..<200 {
      var hasher = SHA256Hasher()
      var offset = 0
      while offset < message.count {
        let end = min(message.count, offset + Int.random(in: 0...200, using: &generator))
        message[offset..<end].withUnsafeBytes { hasher.update($0) }
        offset = end
      }
      #expect(hasher.finalize() == whole, "seed \(seed), round \(round)")
    }
  }
}
