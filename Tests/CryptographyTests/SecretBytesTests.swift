import Cryptography
import Testing

@Suite struct SecretBytesTests {
  struct Refusal: Error {}

  @Test("a secret holds what was copied into it, also nothing")
  func copies() {
    #expect(secret([1, 2, 3]).array == [1, 2, 3])
    #expect(secret([]).count == 0)
    #expect(secret([]).array == [])
  }

  @Test("memory to be written is zero at first")
  func zeroed() {
    let made = SecretBytes(count: 100) { buffer in
      #expect(buffer.allSatisfy { $0 == 0 })
      buffer[99] = 7
    }
    #expect(made.array == [UInt8](repeating: 0, count: 99) + [7])
  }

  @Test("an error thrown while writing is passed on")
  func throwing() {
    #expect(throws: Refusal.self) {
      try SecretBytes(count: 32) { (_) throws(Refusal) in throw Refusal() }
    }
  }

  @Test("random secrets differ")
  func random() throws {
    let secrets = try (0..<100).map { _ in try SecretBytes(random: 32).array }
    #expect(Set(secrets).count == 100)
    #expect(try SecretBytes(random: 0).count == 0)
  }

  @Test("no way of printing a secret shows its bytes")
  func redacted() {
    let made = secret([0xab, 0xcd])
    var dumped = ""
    dump(made, to: &dumped)
    for text in ["\(made)", String(reflecting: made), String(describing: [made]), dumped] {
      #expect(text.contains("redacted"))
      #expect(!text.lowercased().contains("ab") && !text.contains("171"), "\(text)")
    }
  }

  @Test("equality in constant time is equality of length and of every byte")
  func equality() {
    let base = [UInt8](0..<40)
    #expect(secret(base).isEqualInConstantTime(to: secret(base)))
    #expect(!secret(base).isEqualInConstantTime(to: secret(base + [0])))
    #expect(!secret([]).isEqualInConstantTime(to: secret([0])))
    #expect(secret([]).isEqualInConstantTime(to: secret([])))
    for index in base.indices {
      var other = base
      other[index] ^= 1
      #expect(!secret(base).isEqualInConstantTime(to: secret(other)), "byte \(index)")
    }
  }

  @Test("empty buffers without an address are equal")
  func emptyBuffers() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(constantTimeEqual(none, none))
    #expect([UInt8](1...4).withUnsafeBytes { !constantTimeEqual(none, $0) })
  }

  @Test("random bytes fill the whole buffer and nothing more")
  func fill() throws {
    var seen = [UInt8](repeating: 0, count: 34)
    for _ in 0..<64 {
      var buffer = [UInt8](repeating: 0, count: 34)
      try buffer.withUnsafeMutableBytes { try RandomBytes.fill(.init(rebasing: $0[1..<33])) }
      for index in buffer.indices { seen[index] |= buffer[index] }
    }
    #expect(seen.first == 0 && seen.last == 0)
    #expect(seen[1..<33].allSatisfy { $0 != 0 })
    try RandomBytes.fill(UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }
}
