import Glibc
import Patterns
import TestSupport
import Testing

/// Random rules over random paths, each asked of this module and of `git check-ignore`.
@Suite("Agreement with git")
struct GitAgreementTests {
  private static let seeds = UInt64(1)...600
  private static let names = ["a", "b", "ab", "a.o", "b o", "#a", "!b", "a ", "A", "[a", "é", "a\\"]
  private static let directories = ["", "a", "b", "a/ab", "a/b", "ab", "a/b/a"]

  private static func rule(_ random: inout SeededGenerator) -> String {
    let atoms = [
      "a", "b", "ab", "*", "**", "?", ".o", "[ab]", "[!a]", "[^b]", "[a-", "]", "\\", "\\ ", " ", "#", "!", "é",
      "[[:alpha:]]",
      "[]a]", "[a-c]", "*.o", "***", "[[:upper:]]", "[/a]", "\\/", "\\a", "[", "a**",
    ]
    var text = ["", "", "", "!", "/", "!/", "**/", "#", "\\#"][random.below(9)]
    for number in 0...random.below(4) {
      if number > 0, random.below(2) == 0 { text += "/" }
      text += atoms[random.below(random.below(2) == 0 ? 8 : atoms.count)]
    }
    return text + ["", "", "", "/", "/**", " ", "\r", "\\"][random.below(8)]
  }

  @Test("holds for every seeded rule, file and path")
  func agrees() throws {
    let root = try TemporaryDirectory()
    var asked: [String] = []
    var ours: Set<String> = []
    for seed in Self.seeds {
      var random = SeededGenerator(seed: seed)
      let top = "c\(seed)"
      var files: [String: String] = [:]
      for directory in Self.directories where directory.isEmpty || random.below(4) == 0 {
        files[directory] = (0...random.below(4)).map { _ in Self.rule(&random) }.joined(separator: "\n")
      }
      for directory in Self.directories {
        try root.makeDirectory(directory.isEmpty ? top : "\(top)/\(directory)")
        if let text = files[directory] {
          try root.write(text, to: directory.isEmpty ? "\(top)/.gitignore" : "\(top)/\(directory)/.gitignore")
        }
      }
      var paths = Self.directories.dropFirst().map { $0 + "/" }
      for _ in 0..<12 {
        let directory = Self.directories[random.below(Self.directories.count)]
        let path = (directory.isEmpty ? "" : directory + "/") + Self.names[random.below(Self.names.count)]
        if !Self.directories.contains(path), !paths.contains(path) { paths.append(path) }
      }
      for path in paths {
        if !path.hasSuffix("/") { try root.write("", to: "\(top)/\(path)") }
        let whole = "\(top)/" + (path.hasSuffix("/") ? String(path.dropLast()) : path)
        asked.append(whole)
        if IgnoreFileTests.excludes(path, files: files) { ours.insert(whole) }
      }
    }
    let theirs = try root.checkIgnored(asked)
    #expect(theirs.count > 500 && theirs.count < asked.count - 500, "the cases must not be one-sided")
    for path in ours.symmetricDifference(theirs).sorted() {
      let seed = path.prefix { $0 != "/" }.dropFirst()
      Issue.record("seed \(seed): git \(theirs.contains(path) ? "excludes" : "includes") \(path)")
    }
  }
}

/// A directory with a fresh git repository that goes away with the value.
private final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/firn-patterns-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try #require(system("git init -q '\(path)'") == 0)
  }

  deinit { _ = system("rm -rf '\(path)'") }

  func makeDirectory(_ name: String) throws { try #require(mkdir("\(path)/\(name)", 0o700) == 0, "\(name)") }

  func write(_ text: String, to name: String) throws {
    let file = try #require(fopen("\(path)/\(name)", "w"), "\(name)")
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }

  /// Those of `names` that git would ignore.
  func checkIgnored(_ names: [String]) throws -> Set<String> {
    try write(names.joined(separator: "\0") + "\0", to: ".git/asked")
    let command = "cd '\(path)' && git -c core.excludesFile=/dev/null check-ignore --no-index -z --stdin <.git/asked"
    let pipe = try #require(popen(command, "r"))
    var bytes: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    try #require(pclose(pipe) == 0)
    return Set(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
  }
}
