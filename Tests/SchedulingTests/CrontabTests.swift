import Glibc
import TestSupport
import Testing

@testable import Scheduling

@Suite("Crontab")
struct CrontabTests {
  private let others = "# mine\nMAILTO=me\n0 1 * * * date +\\%F\n"

  @Test("gets a marked block, and loses nothing else")
  func block() throws {
    var table = Crontab(Array(others.utf8))
    let job = try Job.sample()
    try table.add(job, .sample())
    let block = """
      # firn schedule nightly: begin
      */5 * * * * '/usr/bin/firn' 'schedule' 'run' 'nightly' '--if-due' '--state-directory' '/var/lib/firn' '--quiet'
      # firn schedule nightly: end

      """
    #expect(String(decoding: table.bytes, as: UTF8.self) == others + block)
    try table.add(job, .sample())
    #expect(String(decoding: table.bytes, as: UTF8.self) == others + block, "a second time replaces the first")
    #expect(table.contains(job.name))
    let isRemoved = table.remove(job.name)
    #expect(isRemoved)
    #expect(String(decoding: table.bytes, as: UTF8.self) == others)
    #expect(!table.contains(job.name))
  }

  @Test("keeps what stands around blocks, whatever it is")
  func surroundings() throws {
    let job = try Job.sample(on: "every 2m")
    for text in ["", "\n", "a", "a\n\n", "# firn schedule nightly: begin\n", "# firn schedule nightly2: begin\nx\n"] {
      var table = Crontab(Array(text.utf8))
      #expect(!table.contains(job.name), "a block without its end is left alone")
      try table.add(job, .sample())
      #expect(String(decoding: table.bytes, as: UTF8.self).contains("\n*/2 * * * * '/usr/bin/firn'"))
    }
    var table = Crontab(Array("before\n".utf8))
    try table.add(job, .sample())
    table = Crontab(table.bytes + Array("after\n".utf8))
    table.remove(job.name)
    #expect(String(decoding: table.bytes, as: UTF8.self) == "before\nafter\n")
  }

  /// What cron hands to the shell: `\%` is `%`, and any other `%` would end the line. A backslash that another backslash
  /// comes before does not count.
  private func afterCron(_ line: [UInt8]) -> [UInt8]? {
    var text: [UInt8] = []
    var isEscaped = false
    for byte in line {
      if isEscaped {
        if byte == UInt8(ascii: "%") { text.removeLast() }
        text.append(byte)
        isEscaped = false
      } else {
        if byte == UInt8(ascii: "%") { return nil }
        isEscaped = byte == UInt8(ascii: "\\")
        text.append(byte)
      }
    }
    return text
  }

  @Test("quotes words so that a shell gets them back whole")
  func quoting() throws {
    let special = Array(#"ab'"\%$`*;#~&|<>! \%"#.utf8) + [0x09, 0x07, 0xC3, 0xA4, 0xFF]
    var generator = SeededGenerator(seed: 42)
    let words =
      [[]]
      + (0..<400).map { _ in
        (0..<generator.below(10)).map { _ in special[generator.below(special.count)] }
      }
    let line = try #require(afterCron(Array(words.map(Crontab.quoted).joined(separator: [0x20]))))
    let script = TemporaryDirectory()
    let path = script.path + "/script"
    let file = try #require(fopen(path, "w"))
    let text = Array("printf '%s\\n' ".utf8) + line
    fwrite(text, 1, text.count, file)
    fclose(file)
    let result = shell("/bin/sh '\(path)'")
    #expect(result.status == 0)
    #expect(result.bytes == Array(words.flatMap { $0 + [0x0A] }))
  }
}
