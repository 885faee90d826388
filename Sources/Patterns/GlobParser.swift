/// Turns the text of a pattern into the tokens of a `Glob`.
struct GlobParser {
  private(set) var tokens: [Glob.Token] = []
  private(set) var sets: [CharacterSet] = []
  private let options: Glob.Options

  init(_ options: Glob.Options) { self.options = options }

  /// The glob of what was parsed. `textIsName` promises that no text will hold a slash.
  func glob(textIsName: Bool) -> Glob {
    Glob(tokens: tokens, sets: sets, options: options, textIsName: textIsName)
  }

  mutating func append(_ token: Glob.Token) { tokens.append(token) }

  /// Adds `text` as it is, no byte of it special.
  mutating func append(literal text: ArraySlice<UInt8>) {
    guard options.folds else { return tokens.append(contentsOf: text.map { .byte($0) }) }
    text.withUnsafeBytes { buffer in
      var index = 0
      while index < buffer.count {
        let unit = unit(in: buffer, at: index)
        tokens.append(.folded(TextUnit.lowercased(unit.value)))
        index += unit.width
      }
    }
  }

  private func unit(in text: UnsafeRawBufferPointer, at index: Int) -> TextUnit {
    options.takesScalars ? .scalar(in: text, at: index) : TextUnit(value: UInt32(text[index]), width: 1)
  }

  /// Adds `text` with its `*`, `?`, `[...]` and escapes. `isDeepStart` says at which indices a run of two or
  /// more `*` before a slash or the end crosses directories.
  mutating func append(
    _ text: ArraySlice<UInt8>, isDeepStart: (Int) -> Bool = { _ in false }
  ) throws(GlobSyntaxError) {
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "*"):
        let start = index
        while index < text.endIndex, text[index] == UInt8(ascii: "*") { index += 1 }
        if index - start > 1, isDeepStart(start) {
          index += appendDeepStars(before: text[index...])
        } else {
          tokens.append(.star)
        }
      case UInt8(ascii: "?"):
        tokens.append(.one)
        index += 1
      case UInt8(ascii: "["):
        var parser = BracketParser(text: text, index: index + 1) { [options] slice in
          slice.withUnsafeBytes { bytes in
            options.takesScalars ? .scalar(in: bytes, at: 0) : TextUnit(value: UInt32(bytes[0]), width: 1)
          }
        }
        sets.append(try parser.parse())
        tokens.append(.set(sets.count - 1))
        index = parser.index
      default:
        let isEscape = text[index] == .backslash
        if isEscape { index += 1 }
        guard index < text.endIndex else { throw .trailingBackslash }
        let width = text[index...].withUnsafeBytes { unit(in: $0, at: 0).width }
        append(literal: text[index..<index + width])
        index += width
      }
    }
  }

  /// Adds a `**` that `rest` follows and returns how many bytes of `rest` it took.
  private mutating func appendDeepStars(before rest: ArraySlice<UInt8>) -> Int {
    if rest.first == .slash {
      tokens.append(.directories)
      return 1
    }
    if rest.isEmpty || rest.starts(with: [.backslash, .slash]) {
      tokens.append(.anything)
    } else {
      tokens.append(.star)
    }
    return 0
  }
}

/// What is wrong with the text of a glob.
enum GlobSyntaxError: Error {
  case unclosedBracket, trailingBackslash, unknownClass
}
