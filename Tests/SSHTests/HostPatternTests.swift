import Testing

@testable import SSH

@Suite("Patterns of host names")
struct HostPatternTests {
  @Test(
    "match as OpenSSH's do",
    arguments: [
      ("server", "server", true), ("server", "SERVER", true), ("Server", "server", true), ("server", "server2", false),
      ("*", "anything", true), ("*.example.org", "a.example.org", true), ("*.example.org", "example.org", false),
      ("10.0.0.?", "10.0.0.7", true), ("10.0.0.?", "10.0.0.17", false), ("a*b*c", "aXbXbc", true),
      ("a*b*c", "aXbXb", false), ("*a", "aaaaaaaaaaaaaaaaaaaaab", false), ("", "", true), ("?", "", false),
      ("a,!b", "a", true), ("*,!b", "b", false), ("!b", "a", false), ("!*,a", "a", false), ("b,*.c,!x.c", "y.c", true),
      ("[host]:22?2", "[host]:2222", true),
    ])
  func matches(patterns: String, host: String, isMatched: Bool) {
    #expect(
      HostPatternList(patterns.split(separator: ",", omittingEmptySubsequences: false)).matches(host) == isMatched)
  }
}
