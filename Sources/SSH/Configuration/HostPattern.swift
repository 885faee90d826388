/// A list of patterns for host names, as in `Host` lines and known_hosts: `*` and `?` are wild, `!` excludes.
struct HostPatternList: Hashable {
  private let patterns: [(isNegated: Bool, pattern: [UInt8])]

  /// Patterns, each perhaps with a `!` before it.
  init(_ patterns: some Sequence<some StringProtocol>) {
    self.patterns = patterns.map { text in
      let isNegated = text.hasPrefix("!")
      return (isNegated, Array(text.lowercased().utf8.dropFirst(isNegated ? 1 : 0)))
    }
  }

  static func == (left: HostPatternList, right: HostPatternList) -> Bool {
    left.patterns.elementsEqual(right.patterns) { $0 == $1 }
  }

  func hash(into hasher: inout Hasher) {
    for entry in patterns { hasher.combine(entry.pattern) }
  }

  /// Whether some pattern matches and no negated one does.
  func matches(_ host: String) -> Bool {
    let host = Array(host.lowercased().utf8)
    var isMatched = false
    for (isNegated, pattern) in patterns where Self.matches(pattern[...], host[...]) {
      if isNegated { return false }
      isMatched = true
    }
    return isMatched
  }

  private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    var pattern = pattern
    var text = text
    // Where to go on if what follows the last star does not fit: one byte later than the time before.
    var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (pattern, text)
      } else if let byte = text.first, let wanted = pattern.first, wanted == UInt8(ascii: "?") || wanted == byte {
        pattern = pattern.dropFirst()
        text = text.dropFirst()
      } else if pattern.isEmpty, text.isEmpty {
        return true
      } else if let (restOfPattern, from) = retry, !from.isEmpty {
        pattern = restOfPattern
        text = from.dropFirst()
        retry = (pattern, text)
      } else {
        return false
      }
    }
  }
}
