import Cryptography
import TestSupport
import Testing

@Suite struct Digest256Tests {
  @Test("a digest keeps its bytes in order")
  func roundTrip() {
    let source = [UInt8](0..<32)
    let digest = source.withUnsafeBytes { Digest256($0) }
    #expect(digest.array == source)
    #expect(MemoryLayout<Digest256>.size == 32)
  }

  @Test("a digest can be read from an unaligned address")
  func unaligned() {
    let source = [UInt8](0..<40)
    for offset in 0...8 {
      let digest = source.withUnsafeBytes { Digest256(UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + 32)])) }
      #expect(digest.array == [UInt8](source[offset..<(offset + 32)]))
    }
  }

  @Test("the order of digests is the order of their bytes and of their hexadecimal text")
  func order() {
    let seed: UInt64 = 1
    var generator = SeededGenerator(seed: seed)
    for round in 0..<2000 {
      let left = generator.bytes(32)
      // Sharing a prefix makes every word decide now and then.
      let shared = Int.random(in: 0...32, using: &generator)
      let right = Array(left[..<shared]) + generator.bytes(32 - shared)
      let (a, b) = (left.withUnsafeBytes { Digest256($0) }, right.withUnsafeBytes { Digest256($0) })
      #expect((a < b) == left.lexicographicallyPrecedes(right), "seed \(seed), round \(round)")
      #expect((a < b) == (a.hexadecimal < b.hexadecimal), "seed \(seed), round \(round)")
      #expect((a == b) == (left == right), "seed \(seed), round \(round)")
      #expect(a.isEqualInConstantTime(to: b) == (left == right), "seed \(seed), round \(round)")
    }
  }

  @Test("hexadecimal text reads back as the same digest")
  func hexadecimal() {
    let text = "00ff10a9b8c7d6e5f4030201fedcba98765432100123456789abcdef0f1e2d3c"
    let digest = Digest256(hexadecimal: text)
    #expect(digest?.array == bytes(text))
    #expect(digest?.hexadecimal == text)
    #expect(digest?.description == text)
  }

  @Test("a substring's digits are read as well")
  func substring() {
    let text = "data/" + String(repeating: "5a", count: 32)
    #expect(Digest256(hexadecimal: text.dropFirst(5))?.array == [UInt8](repeating: 0x5a, count: 32))
  }

  @Test(
    "text that is not exactly 64 lower-case digits is no digest",
    arguments: [
      "", String(repeating: "0", count: 63), String(repeating: "0", count: 65), String(repeating: "A", count: 64),
      String(repeating: "0", count: 63) + "g", String(repeating: "0", count: 63) + "/",
      String(repeating: "0", count: 63) + ":", String(repeating: "0", count: 63) + "`",
      " " + String(repeating: "0", count: 63), String(repeating: "é", count: 32),
      "0x" + String(repeating: "0", count: 62),
    ])
  func notHexadecimal(text: String) {
    #expect(Digest256(hexadecimal: text) == nil)
  }
}
