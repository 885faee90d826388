import FileSystem
import TestSupport
import Testing

@Suite struct EscapingTests {
  @Test(
    "what could act on a terminal or mislead a reader is shown as an escape",
    arguments: [
      (Array("plain name.txt".utf8), "plain name.txt"),
      (Array("Grüße 雪 🎿".utf8), "Grüße 雪 🎿"),
      (Array("a\\b".utf8), "a\\\\b"),
      (Array("\u{1B}[2J\n\u{7F}\0".utf8), "\\x1b[2J\\x0a\\x7f\\x00"),
      ([0x61, 0xFF, 0xC3, 0x28], "a\\xff\\xc3("),
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
      ([0xC0, 0xAF], "\\xc0\\xaf"),
      ([0xE2, 0x82], "\\xe2\\x82"),
      (Array("\u{202E}gpj.exe".utf8), "\\u{202e}gpj.exe"),
      (Array("\u{2066}\u{200B}\u{FEFF}\u{85}".utf8), "\\u{2066}\\u{200b}\\u{feff}\\u{85}"),
      (Array("a\u{A0}b\u{3164}\u{E0041}".utf8), "a\\u{a0}b\\u{3164}\\u{e0041}"),
    ] as [([UInt8], String)])
  func examples(bytes: [UInt8], text: String) {
    #expect(bytes.withUnsafeBytes { ByteEscaping.escape($0) } == text)
  }

  @Test("the bytes can be had back from the escaped text")
  func lossless() throws {
    var generator = SeededGenerator(seed: 42)
    let pieces: [[UInt8]] = [
      [0x5C], [0x78], [0x75], [0x7B], [0x7D], [0x31], [0], [0x1B], [0xFF], [0xC3], [0xA9], [0xE2], [0x80], [0xAE],
      Array("é".utf8), Array("\u{202E}".utf8), Array("\u{10FFFF}".utf8), Array("🧊".utf8),
    ]
    for round in 0..<2000 {
      let count = Int.random(in: 0...12, using: &generator)
      let bytes = (0..<count).flatMap { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }
      let text = bytes.withUnsafeBytes { ByteEscaping.escape($0) }
      #expect(try unescape(text) == bytes, "seed 42, round \(round): \(text)")
    }
  }

  private func unescape(_ text: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        bytes += Array(String(scalar).utf8)
        continue
      }
      let kind = rest.popFirst()
      switch try #require(kind) {
      case "\\": bytes.append(0x5C)
      case "x":
        let digits = String(String.UnicodeScalarView(rest.prefix(2)))
        bytes.append(try #require(UInt8(digits, radix: 16)))
        rest = rest.dropFirst(2)
      default:
        let digits = String(String.UnicodeScalarView(rest.dropFirst().prefix { $0 != "}" }))
        let scalar = try #require(UInt32(digits, radix: 16).flatMap { Unicode.Scalar($0) })
        bytes += Array(String(scalar).utf8)
        rest = rest.dropFirst(digits.count + 2)
      }
    }
    return bytes
  }
}
