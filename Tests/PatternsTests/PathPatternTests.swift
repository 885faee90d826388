import Patterns
import TestSupport
import Testing

@Suite("Path patterns")
struct PathPatternTests {
  static let matching: [(String, String)] = [
    ("foo", "foo"), ("foo", "a/foo"), ("foo", "/a/foo"), ("foo", "a/foo/b/c"), ("*.o", "a/b/x.o"), ("*.o", "x.o/y"),
    ("/foo", "foo"), ("/foo", "/foo/bar"), ("/foo/*.c", "foo/x.c"), ("foo/bar", "x/foo/bar/y"), ("foo/", "a/foo"),
    ("foo//bar", "foo/bar"), ("./foo", "a/foo"), ("a/**/b", "a/b"), ("a/**/b", "x/a/1/2/b/c"), ("/a/**/b", "a/1/b"),
    ("**/b", "b"), ("**/b", "x/y/b"), ("a/**", "a"), ("a/**", "a/x"), ("/a/**", "a/x/y"), ("**", "x"), ("/**", "x/y"),
    ("/", "x"), ("a/**/b/**/c", "a/b/b/x/c"), ("a?c", "abc"), ("a?c", "aéc"), ("a?c", "a€c"), ("a*c", "ac"),
    ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[^a-c]x", "dx"), ("[]a]", "]"), ("[a-]", "-"), ("[à-ü]", "é"), ("[!é]", "è"),
    ("[[:digit:]]*", "7up"), ("[[:upper:]]", "Q"), ("\\*", "*"), ("\\!a", "!a"), ("[\\]]", "]"), ("a**b", "axb"),
    ("*a*b*c*", "xxaxxbxxcxx"), ("a b", "a b"), ("/a/*/c", "a/b/c"), ("*", ".hidden"),
  ]
  static let other: [(String, String)] = [
    ("foo", "foobar"), ("foo", "a/xfoo"), ("/foo", "a/foo"), ("foo/bar", "foo/x/bar"), ("/foo/*.c", "foo/x/y.c"),
    ("*.o", "x.o2"), ("a/**/b", "a/xb"), ("a/**/b", "b"), ("a?c", "a/c"), ("a*c", "a/c"), ("[a-c]x", "dx"),
    ("a?c", "abbc"),
    ("[!a-c]x", "ax"), ("[!a]", "ab"), ("foo", "Foo"), ("a??", "aé"), ("a*??", "a€"), ("\\*", "x"), ("a[!x]b", "a/b"),
    ("a**b", "a/b"), ("/a/*/c", "a/b/b/c"), ("foo", ""), ("**/b/c", "b/x/c"),
  ]

  @Test("matches the path, a part of it, or a directory above it", arguments: matching)
  func matches(pattern: String, path: String) throws {
    #expect(PathPatternList([try PathPattern(pattern.utf8)]).matches(path.utf8))
  }

  @Test("leaves other paths alone", arguments: other)
  func leaves(pattern: String, path: String) throws {
    #expect(!PathPatternList([try PathPattern(pattern.utf8)]).matches(path.utf8))
  }

  @Test(
    "ignores case where asked",
    arguments: [
      ("foo.JPG", "x/FOO.jpg"), ("ÉTÉ*", "été1"), ("[a-c]", "B"), ("[É]", "é"), ("ж?", "Ж1"), ("/A/b", "a/B/c"),
    ])
  func ignoresCase(pattern: String, path: String) throws {
    #expect(PathPatternList([try PathPattern(pattern.utf8, caseSensitivity: .insensitive)]).matches(path.utf8))
    #expect(!PathPatternList([try PathPattern(pattern.utf8)]).matches(path.utf8))
  }

  @Test("takes a byte that is not UTF-8 as one character")
  func invalidBytes() throws {
    #expect(PathPatternList([try PathPattern("a?b".utf8)]).matches([0x61, 0xFF, 0x62]))
    #expect(PathPatternList([try PathPattern([0xFF])]).matches([0x78, 0x2F, 0xFF]))
    #expect(!PathPatternList([try PathPattern("[ÿ]".utf8)]).matches([0xFF]))
  }

  @Test("lets the last pattern that matches decide")
  func negation() throws {
    let list = PathPatternList(try ["*", "!src", "*.o", "!keep.o"].map { try PathPattern($0.utf8) })
    #expect(list.matches("x".utf8))
    #expect(!list.matches("src".utf8))
    #expect(!list.matches("src/a.c".utf8))
    #expect(list.matches("src/a.o".utf8))
    #expect(!list.matches("src/keep.o".utf8))
  }

  @Test(
    "refuses what is no pattern",
    arguments: [
      ("a[b", PatternError.Code.unclosedBracket), ("a[b/c]", .unclosedBracket), ("a\\", .trailingBackslash),
      ("", .empty),
      ("!", .empty), (".", .empty), ("./", .empty), ("/.", .empty), ("!.//.", .empty), ("a/../b", .parentDirectory),
      ("[[:what:]]", .unknownClass), ("[", .unclosedBracket),
    ])
  func refuses(pattern: String, code: PatternError.Code) {
    let error = #expect(throws: PatternError.self) { try PathPattern(pattern.utf8) }
    #expect(error?.code == code)
    #expect(error?.message.contains("\"\(pattern)\"") == true)
  }

  @Test("takes time in proportion to pattern and path, however many stars there are")
  func noBlowUp() throws {
    let pattern = try PathPattern(String(repeating: "**/*a", count: 50).utf8 + Array("b".utf8))
    let list = PathPatternList([pattern])
    let path = String(repeating: String(repeating: "a", count: 60) + "/", count: 60)
    // Trying all ways in which the stars can share the path out would not end in a lifetime.
    #expect(!list.matches(path.utf8))
  }

  @Test("gives the same answer entry by entry going down as for whole paths")
  func scopes() throws {
    let words = ["a", "b", "ab", "a.o", "src"]
    let pieces = ["a", "*", "b", "**", "a*", "src", "?", "[ab]", "*.o"]
    for seed in UInt64(1)...400 {
      var random = SeededGenerator(seed: seed)
      let patterns = try (0..<random.below(6)).map { _ in
        let body = (0...random.below(3)).map { _ in pieces[random.below(pieces.count)] }.joined(separator: "/")
        let prefix = ["", "/", "!", "!/"][random.below(4)]
        return try PathPattern((prefix + body).utf8)
      }
      let list = PathPatternList(patterns)
      var scope = PathPatternScope(list, directory: "/".utf8)
      var path: [String] = []
      for _ in 0..<4 {
        let name = words[random.below(words.count)]
        path.append(name)
        let whole = path.joined(separator: "/")
        let answer = Array(name.utf8).withUnsafeBytes { scope.excludes($0) }
        #expect(answer == list.matches(whole.utf8), "seed \(seed), path \(whole)")
        scope = Array(name.utf8).withUnsafeBytes { scope.entering($0) }
        let direct = PathPatternScope(list, directory: whole.utf8)
        let below = Array("a".utf8).withUnsafeBytes { (scope.excludes($0), direct.excludes($0)) }
        #expect(below.0 == below.1, "seed \(seed), below \(whole)")
      }
    }
  }
}
