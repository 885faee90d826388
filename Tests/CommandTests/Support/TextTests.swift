import Testing

@testable import Commands

@Suite("Text for people")
struct TextTests {
  @Test(
    "escapes whatever could move a terminal's cursor or mislead a reader",
    arguments: [
      (Array("plain é 日本.txt".utf8), "plain é 日本.txt"), ([0x1B, 0x5B, 0x32, 0x4A], "\\u{1b}[2J"),
      (Array("a\nb\tc\rd".utf8), "a\\nb\\tc\\rd"), ([0x61, 0xFF, 0xC3], "a\\xff\\xc3"), (Array("\\".utf8), "\\\\"),
      (Array("\u{202E}gpj.exe".utf8), "\\u{202e}gpj.exe"), (Array("a\u{200B}b\u{2028}".utf8), "a\\u{200b}b\\u{2028}"),
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0x00, 0x7F], "\\u{00}\\u{7f}"), (Array("\u{9B}".utf8), "\\u{9b}"),
      ([0xE2, 0x82, 0x41], "\\xe2\\x82A"), (Array("\u{2066}\u{3164}".utf8), "\\u{2066}\\u{3164}"),
    ])
  func escaping(bytes: [UInt8], text: String) { #expect(Terminal.escaped(bytes) == text) }

  @Test(
    "knows how many columns text takes",
    arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("👩‍👩‍👧", 2), ("❤️", 2), ("", 0), ("ﾊ", 1), ("Ａ", 2)])
  func width(text: String, columns: Int) { #expect(text.displayWidth == columns) }

  @Test("cuts text to columns")
  func truncation() {
    #expect("abcdef".truncated(toWidth: 4) == "abc…")
    #expect("日本語".truncated(toWidth: 4) == "日…")
    #expect("abc".truncated(toWidth: 3) == "abc")
    #expect("abc".truncated(toWidth: 0) == "")
  }

  @Test("aligns columns by width and leaves no spaces at line ends")
  func table() {
    var table = Table([.init("name"), .init("size", .right), .init("note")])
    table.append(["日本", "5", ""])
    table.append(["a", "1024", "x"])
    #expect(table.rendered() == "name  size  note\n日本     5\na     1024  x\n")
  }

  @Test("lists every exit code once, the table being the only place")
  func exitCodes() {
    let lines = ExitCode.table.split(separator: "\n")
    #expect(lines.count == ExitCode.allCases.count)
    #expect(lines.first == "  0  Everything that was asked for is done.")
    #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 130])
  }

  @Test("has the same exit codes in the README")
  func documentedExitCodes() throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let readme = try InputFile.contents(of: RawText("/\(root)/README.md".utf8)).text
    let lines = readme.split(separator: "\n")
    let header = try #require(lines.firstIndex(of: "| code | meaning |"))
    let rows = lines[(header + 2)...].prefix { $0.hasPrefix("| ") }
    let expected = ExitCode.allCases.map { code in
      "| \(code.rawValue) | \(code.meaning.prefix(1).lowercased())\(code.meaning.dropFirst().dropLast()) |"
    }
    #expect(rows.map(String.init) == expected)
  }

  @Test(
    "prints sizes",
    arguments: [
      (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_503_238_554, "1.4 GiB"),
      (1_048_525, "1.0 MiB"), (150 << 20, "150 MiB"), (1023 << 10, "1023 KiB"), (.max, "16.0 EiB"),
    ])
  func sizes(bytes: UInt64, text: String) { #expect(Display.size(bytes) == text) }

  @Test("prints durations, counts and percentages")
  func numbers() {
    #expect(Display.duration(.milliseconds(420)) == "0.4 s")
    #expect(Display.duration(.seconds(12)) == "12 s")
    #expect(Display.duration(.seconds(185)) == "3:05")
    #expect(Display.duration(.seconds(3723)) == "1:02:03")
    #expect(Display.duration(.seconds(2 * 86_400 + 3 * 3600 + 245)) == "2 d 03:04:05")
    #expect(Display.duration(.seconds(-1)) == "0.0 s")
    #expect(Display.count(1_234_567) == "1,234,567")
    #expect(Display.count(-1000) == "-1,000")
    #expect(Display.count(999) == "999")
    #expect(Display.count(1, "file") == "1 file")
    #expect(Display.count(2000, "file") == "2,000 files")
    #expect(Display.percentage(452, of: 1000) == "45.2%")
    #expect(Display.percentage(999_999, of: 1_000_000) == "99.9%")
    #expect(Display.percentage(0, of: 0) == "100.0%")
  }

  @Test(
    "reads sizes",
    arguments: [
      ("4096", UInt64(4096)), ("100k", 102_400), ("10M", 10 << 20), ("1.5GiB", 3 << 29), ("2TB", 2_000_000_000_000),
      ("0", 0), ("7b", 7), ("1.999999999k", 2047), ("15E", 15 << 60), ("0.5e", 1 << 59),
    ])
  func sizeArguments(text: String, bytes: UInt64) { #expect(SizeArgument(text)?.bytes == bytes) }

  @Test(
    "refuses what is no size",
    arguments: ["", "M", "1.M", ".5M", "1.2.3", "-1", "1X", "1Mi", "16E", "1 M", "99999999999999999999"])
  func badSizes(text: String) { #expect(SizeArgument(text) == nil) }
}
