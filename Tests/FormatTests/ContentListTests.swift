import Format
import Testing

@Suite struct ContentListTests {
  private let id = String(repeating: "0f", count: 32)

  private func decode(_ hex: String) -> FormatError.Code? {
    failure { () throws(FormatError) in try ContentList.decode(bytes(hex)) }?.code
  }

  @Test("the known list has the known bytes")
  func knownAnswer() throws {
    let chunk = try #require(ChunkID(hex: id))
    let list = ContentList(items: [
      .chunk(chunk, length: 1), .hole(length: 2), .zeros(length: 3), .list(chunk, length: 4),
    ])
    let known = bytes("01 04 04 \(id) 09 0e 13 \(id)")
    #expect(list.encode() == known)
    #expect(try ContentList.decode(known) == list)
    #expect(list.length == 10)
    let most = ContentItem.hole(length: Limits.contentItemLength)
    #expect(ContentList(items: [most, most, most, most, .hole(length: 4)]).length == nil)
  }

  @Test("empty lists, other versions and too much are refused")
  func refused() {
    #expect(decode("01 00") == .malformed)
    #expect(decode("02 01 09") == .unsupported)
    #expect(decode("01 01 09 00") == .malformed)
    #expect(decode("01 01 01") == .malformed)
    #expect(decode("01 ffffffffffffffffff01") == .malformed)
    let tooLong = [UInt8](repeating: 0, count: Limits.chunkLength + 1)
    #expect(failure { () throws(FormatError) in try ContentList.decode(tooLong) }?.code == .limit)
  }

  @Test("any list comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<100 {
      var generator = SeededGenerator(seed: seed)
      let list = ContentList(items: generator.items(1 + generator.below(seed < 4 ? 6 : 100)))
      let valid = list.encode()
      #expect(try ContentList.decode(valid) == list, "seed \(seed)")
      guard seed < 4 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in try ContentList.decode(bytes) }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try ContentList.decode(bytes)
      } check: {
        $0.encode() == $1
      }
    }
  }
}
