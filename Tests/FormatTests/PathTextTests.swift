import Format
import Testing

@Suite struct PathTextTests {
  @Test(
    "known paths have the known texts",
    arguments: [
      ("", #""#), ("2f 68 6f 6d 65", #"/home"#), ("61 5c 62", #"a\\b"#), ("c3 a9", "é"), ("c3", #"\xc3"#),
      ("c3 28", #"\xc3("#), ("ff fe", #"\xff\xfe"#), ("c0 80", #"\xc0\x80"#), ("ed a0 80", #"\xed\xa0\x80"#),
      ("e2 82", #"\xe2\x82"#), ("f0 9f 98 80", "😀"), ("f4 90 80 80", #"\xf4\x90\x80\x80"#), ("5c ff", #"\\\xff"#),
      ("e0 9f bf", #"\xe0\x9f\xbf"#), ("0a", "\n"), ("f0 8f bf bf", #"\xf0\x8f\xbf\xbf"#),
    ])
  func known(hex: String, text: String) throws {
    #expect(PathText.escape(bytes(hex)).utf8.elementsEqual(text.utf8))
    #expect(try PathText.unescape(text) == bytes(hex))
  }

  @Test(
    "texts that escape doesn't write are refused",
    arguments: [#"\"#, #"a\"#, #"\x"#, #"\xf"#, #"\xFF"#, #"\xfg"#, #"\n"#, #"\x41"#, #"\xc3\xa9"#, #"\x5c"#])
  func refused(text: String) {
    #expect(failure { () throws(FormatError) in try PathText.unescape(text) }?.code == .malformed)
  }

  @Test("any bytes come back")
  func roundTrip() throws {
    for seed: UInt64 in 0..<2_000 {
      var generator = SeededGenerator(seed: seed)
      let alphabet: [UInt8] = [
        0x5C, 0x78, 0x61, 0x2F, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xFF,
      ]
      let path = (0..<generator.below(20)).map { _ in alphabet[generator.below(alphabet.count)] }
      #expect(try PathText.unescape(PathText.escape(path)) == path, "seed \(seed)")
    }
  }

  @Test("texts either are refused or come back")
  func texts() {
    for seed: UInt64 in 0..<2_000 {
      var generator = SeededGenerator(seed: seed)
      let parts = [#"\"#, "x", "f", "c", "3", "é", "/"]
      let text = (0..<generator.below(12)).map { _ in parts[generator.below(parts.count)] }.joined()
      guard let path = try? PathText.unescape(text) else { continue }
      #expect(PathText.escape(path).utf8.elementsEqual(text.utf8), "seed \(seed)")
    }
  }
}
