import Format
import Testing

@Suite struct IdentifierTests {
  @Test("hexadecimal is the bytes in order and comes back")
  func hex() {
    let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
    #expect(ChunkID(hex: text)?.hex == text)
    #expect(SnapshotID(hex: text.prefix(32))?.bytes == [UInt8](0...15))
    #expect(SnapshotID(hex: text.prefix(32))?.hex == String(text.prefix(32)))
  }

  @Test("anything but exactly the lower-case digits is refused")
  func badHex() {
    let digits = String(repeating: "a", count: 64)
    for bad in ["", digits + "a", String(digits.dropLast()), "A" + digits.dropFirst(), "g" + digits.dropFirst()] {
      #expect(PackID(hex: bad) == nil)
      #expect(KeySlotID(hex: bad) == nil)
    }
    #expect(KeySlotID(hex: "A" + digits.prefix(31)) == nil)
    #expect(RepositoryUUID(hex: digits.prefix(32)) != nil)
  }

  @Test("identifiers are ordered like their hexadecimal digits")
  func order() {
    for seed: UInt64 in 0..<200 {
      var generator = SeededGenerator(seed: seed)
      let long = [ChunkID(generator.digest()), ChunkID(generator.digest())].sorted()
      #expect(long[0].hex < long[1].hex, "seed \(seed)")
      let short = [SnapshotID.random(using: &generator), SnapshotID.random(using: &generator)].sorted()
      #expect(short[0].hex < short[1].hex, "seed \(seed)")
    }
  }

  @Test("the number of a tombstone is 16 digits")
  func number() {
    #expect(PackSet.objectName(number: 0x1F) == "000000000000001f")
    #expect(PackSet.number(objectName: "000000000000001f") == 0x1F)
    #expect(PackSet.number(objectName: "1f") == nil)
    #expect(PackSet.number(objectName: "000000000000001F") == nil)
  }
}
