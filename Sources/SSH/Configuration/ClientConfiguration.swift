/// What OpenSSH's client configuration says about one host. As there, the first value of an option is the one that counts.
struct ClientConfiguration {
  private var values: [String: [String]] = [:]
  private var identityFiles: [String] = []

  /// Whether there are blocks under a condition that is not understood.
  private(set) var hasUnreadBlocks = false

  /// Options for which a later value is another one, not one that comes too late.
  private static let repeated = "identityfile"

  /// Takes over what a file says about `host`. `include` gives the texts of the files that a pattern names.
  mutating func read(
    _ text: String, host: String, include: (String) -> [String] = { _ in [] }
  ) {
    var isActive = true
    read(text, host: host, isActive: &isActive, depth: 0, include: include)
  }

  // Deeper than OpenSSH goes; a file that includes itself ends here.
  private static let depthLimit = 16

  private mutating func read(
    _ text: String, host: String, isActive: inout Bool, depth: Int, include: (String) -> [String]
  ) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = Self.words(line)
      guard let option = words.first?.lowercased(), words.count > 1 else { continue }
      let arguments = Array(words.dropFirst())
      switch option {
      case "host": isActive = HostPatternList(arguments).matches(host)
      // Of the conditions only the one that is always true is understood; a block under another one is passed over.
      case "match":
        isActive = arguments.map { $0.lowercased() } == ["all"]
        if !isActive { hasUnreadBlocks = true }
      case "include":
        guard isActive, depth < Self.depthLimit else { continue }
        for text in arguments.flatMap(include) {
          // A Host line in an included file ends with the file.
          var isActive = true
          read(text, host: host, isActive: &isActive, depth: depth + 1, include: include)
        }
      case Self.repeated: if isActive { identityFiles.append(arguments[0]) }
      default: if isActive, values[option] == nil { values[option] = arguments }
      }
    }
  }

  /// The words of a line, which may have quotes, and a `=` after the first one.
  static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in line {
      if character == "\"" {
        isQuoted.toggle()
        word = word ?? ""
      } else if isQuoted {
        word?.append(character)
      } else if character == "#", word == nil {
        break
      } else if character.isWhitespace || (character == "=" && words.count + (word == nil ? 0 : 1) == 1) {
        if let ended = word { words.append(ended) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    return words
  }

  /// The first value of an option, in lower-case letters.
  subscript(option: String) -> String? { values[option]?.first }

  /// All words of the first line with the option.
  func words(of option: String) -> [String]? { values[option] }

  /// The key files to try, in order.
  var identities: [String] { identityFiles }
}
