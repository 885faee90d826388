import Patterns
import Testing

@Suite("Ignore files")
struct IgnoreFileTests {
  /// Asks about `path` as a walker does: from the top, entering each directory. A slash at the end means a directory.
  static func excludes(_ path: String, files: [String: String]) -> Bool {
    func file(_ directory: String) -> IgnoreFile? { files[directory].map { IgnoreFile($0.utf8) } }
    var scope = IgnoreScope(file(""))
    let names = path.split(separator: "/").map { Array($0.utf8) }
    for (number, name) in names.enumerated() {
      let isDirectory = number < names.count - 1 || path.hasSuffix("/")
      if name.withUnsafeBytes({ scope.excludes($0, isDirectory: isDirectory) }) { return true }
      let directory = names[...number].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
      scope = name.withUnsafeBytes { scope.entering($0, file(directory)) }
    }
    return false
  }

  static let excluded: [(String, String)] = [
    ("*.o", "x.o"), ("*.o", "a/b.o"), ("/a", "a"), ("a/", "x/a/"), ("a/b", "a/b"), ("**/b", "a/c/b"), ("a/**", "a/b"),
    ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), ("\\#a", "#a"), ("\\!a", "!a"), ("a\\ ", "a "), ("a  ", "a"),
    ("a\r\n", "a"),
    ("\u{FEFF}a", "a"), ("a\nb", "b"), ("a[/x]b/c", "axb/c"), ("foo**/bar", "foo/x/bar"), ("a b", "a b"), ("*", "a"),
    ("!a\na", "a"), ("a/", "a/b"), ("*a", "ba"), ("?", "x"), ("[[:alpha:]]", "q"), ("a\\\\", "a\\"),
  ]
  static let included: [(String, String)] = [
    ("# a", "a"), ("/a", "b/a"), ("a/", "a"), ("a/b", "x/a/b"), ("a/**", "a"), ("a\n!a", "a"), ("*\n!a", "a"),
    ("?", "é"),
    ("[a", "[a"), ("a\\", "a"), ("a//", "a/"), ("a/*", "a"), ("/", "a"), ("!", "!"), ("*/b", "a/c/b"), ("\ta", "a"),
  ]

  @Test("exclude what their rules say", arguments: excluded)
  func excludes(text: String, path: String) { #expect(Self.excludes(path, files: ["": text])) }

  @Test("leave the rest", arguments: included)
  func includes(text: String, path: String) { #expect(!Self.excludes(path, files: ["": text])) }

  @Test("count from their own directory, the nearest file first")
  func nested() {
    let files = ["": "*.o\n/top\nd/only", "d": "!keep.o\n/top2", "d/e": "keep.o"]
    #expect(Self.excludes("d/x.o", files: files))
    #expect(!Self.excludes("d/keep.o", files: files))
    #expect(Self.excludes("d/e/keep.o", files: files))
    #expect(!Self.excludes("d/top", files: files))
    #expect(Self.excludes("d/top2", files: files))
    #expect(!Self.excludes("top2", files: files))
    #expect(Self.excludes("d/only", files: files))
  }

  @Test("have no rules when there are only comments and empty lines")
  func empty() {
    #expect(IgnoreFile("# x\n\n   \n/\n".utf8).isEmpty)
    #expect(!IgnoreFile("a".utf8).isEmpty)
  }
}
