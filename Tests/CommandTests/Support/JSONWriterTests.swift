import FoundationEssentials
import Repository
import Testing

@testable import Commands

@Suite("JSON output")
struct JSONWriterTests {
  @Test("has the codes of findings that JSON.md names, and no others")
  func documentedCodes() throws {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = try InputFile.contents(of: RawText("/\(root)/JSON.md".utf8)).text
    let lines = text.split(separator: "\n")
    let header = try #require(lines.firstIndex(of: "| code of a finding | what was found |"))
    let rows = lines[(header + 2)...].prefix { $0.hasPrefix("| ") }
    let documented = rows.map { $0.split(separator: "|")[0].trimmingPrefix(" `").prefix { $0 != "`" } }
    #expect(documented.map(String.init) == CheckFinding.Code.allCases.map(\.description))
  }

  @Test("writes nested values with commas where they belong")
  func nesting() {
    var json = JSONWriter()
    json.object { json in
      json.field("a", 1)
      json.array("b") { json in
        json.value(true)
        json.array { _ in }
        json.object { $0.field("x", UInt64.max) }
      }
      json.field("c", 0.5)
      json.field("d", Double.infinity)
      json.object("e") { _ in }
    }
    json.endLine()
    json.value("next")
    json.endLine()
    #expect(
      json.text == #"{"a":1,"b":[true,[],{"x":18446744073709551615}],"c":0.5,"d":null,"e":{}}"# + "\n\"next\"\n")
  }

  @Test("writes strings that another parser reads back as they were")
  func strings() throws {
    let strings =
      ["", "\"\\/\n\r\t\u{0}\u{1F}\u{7F}", "日本 👩‍👧 \u{2028}", "é\u{FFFD}"]
      + (0..<32).map { String(Unicode.Scalar(UInt8($0))) }
    var json = JSONWriter()
    json.array { json in for string in strings { json.value(string) } }
    #expect(try JSONDecoder().decode([String].self, from: Data(json.bytes)) == strings)
  }

  @Test("keeps the bytes of names that are not UTF-8", arguments: 1...6)
  func rawNames(count: Int) throws {
    let name = [0xFF] + (1..<UInt8(count)).map { 0x60 + $0 }
    var json = JSONWriter()
    json.object { $0.field("path", path: name) }
    let fields = try JSONDecoder().decode([String: String].self, from: Data(json.bytes))
    #expect(fields["path"]?.first == "\u{FFFD}")
    #expect(fields["path_base64"].flatMap { Data(base64Encoded: $0) } == Data(name))
  }

  @Test("has one field for names that are UTF-8")
  func plainNames() {
    var json = JSONWriter()
    json.object { $0.field("path", path: "é".utf8) }
    #expect(json.text == #"{"path":"é"}"#)
  }
}
