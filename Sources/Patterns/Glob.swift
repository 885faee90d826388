import Glibc

/// A compiled glob over the bytes of a name or of a slash-separated path.
///
/// Matching backtracks only to the last `*` within a component and to the last `**` across components. That suffices because
/// the earliest match of what lies between two wildcards leaves the most for the rest, so the time is at most
/// proportional to the length of the glob times that of the text, whatever the glob is.
struct Glob: Sendable {
  /// How the text is read.
  struct Options: Sendable {
    /// Whether `?` and `[...]` take a whole UTF-8 scalar where the text has one, or always a byte.
    var takesScalars: Bool
    /// Whether letters are compared after simple lower-casing.
    var folds: Bool
  }

  enum Token: Sendable, Equatable {
    /// This byte.
    case byte(UInt8)
    /// A unit whose lower case is this.
    case folded(UInt32)
    /// One unit but a slash: `?`.
    case one
    /// One unit but a slash that the set with this number accepts.
    case set(Int)
    /// Any bytes but slashes: `*`.
    case star
    /// Any bytes: a `**` that no slash follows.
    case anything
    /// Nothing, or any bytes that end in a slash: `**/`.
    case directories
  }

  private enum Shape: Sendable {
    /// The text is these bytes.
    case literal([UInt8])
    /// A name ends in these bytes.
    case suffix([UInt8])
    case general
  }

  private let tokens: [Token]
  private let sets: [CharacterSet]
  private let options: Options
  private let shape: Shape

  /// `textIsName` promises that no text holds a slash.
  init(tokens: [Token], sets: [CharacterSet], options: Options, textIsName: Bool) {
    self.tokens = tokens
    self.sets = sets
    self.options = options
    if let bytes = Self.bytes(of: tokens[...]) {
      shape = .literal(bytes)
    } else if textIsName, tokens.first == .star, let bytes = Self.bytes(of: tokens.dropFirst()) {
      shape = .suffix(bytes)
    } else {
      shape = .general
    }
  }

  private static func bytes(of tokens: ArraySlice<Token>) -> [UInt8]? {
    var bytes: [UInt8] = []
    for token in tokens {
      guard case .byte(let byte) = token else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// Whether the whole of `text` matches.
  func matches(_ text: UnsafeRawBufferPointer) -> Bool {
    switch shape {
    case .literal(let bytes): return text.count == bytes.count && Self.ends(text, in: bytes)
    case .suffix(let bytes): return Self.ends(text, in: bytes)
    case .general: return run(text)
    }
  }

  private static func ends(_ text: UnsafeRawBufferPointer, in bytes: [UInt8]) -> Bool {
    guard text.count >= bytes.count else { return false }
    guard let start = text.baseAddress, !bytes.isEmpty else { return true }
    return memcmp(start + (text.count - bytes.count), bytes, bytes.count) == 0
  }

  @inline(__always)
  private func unit(_ text: UnsafeRawBufferPointer, _ index: Int) -> TextUnit {
    options.takesScalars ? .scalar(in: text, at: index) : TextUnit(value: UInt32(text[index]), width: 1)
  }

  /// The width of what `token` takes of `text` at `index`, or nil if it doesn't match there.
  @inline(__always)
  private func width(of token: Token, in text: UnsafeRawBufferPointer, at index: Int) -> Int? {
    guard index < text.count else { return nil }
    let byte = text[index]
    if case .byte(let expected) = token { return byte == expected ? 1 : nil }
    let unit = unit(text, index)
    switch token {
    case .folded(let expected): return TextUnit.lowercased(unit.value) == expected ? unit.width : nil
    case .one: return byte == .slash ? nil : unit.width
    case .set(let number):
      return byte != .slash && sets[number].accepts(unit.value, folds: options.folds) ? unit.width : nil
    default: return nil
    }
  }

  private func run(_ text: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    var token = 0
    var star = (token: -1, position: 0)
    var deep = (token: -1, position: 0)
    while true {
      if token == tokens.count {
        if position == text.count { return true }
      } else {
        switch tokens[token] {
        case .star:
          token += 1
          star = (token, position)
          continue
        case .anything, .directories:
          token += 1
          deep = (token, position)
          star.token = -1
          continue
        default:
          if let width = width(of: tokens[token], in: text, at: position) {
            token += 1
            position += width
            continue
          }
        }
      }
      if star.token >= 0, star.position < text.count, text[star.position] != .slash {
        star.position += unit(text, star.position).width
        (token, position) = star
        continue
      }
      star.token = -1
      guard deep.token > 0, let next = nextStart(after: deep.position, of: tokens[deep.token - 1], in: text) else {
        return false
      }
      deep.position = next
      (token, position) = deep
    }
  }

  /// Where the rest of the glob may start next, once it didn't match at `position`.
  private func nextStart(after position: Int, of token: Token, in text: UnsafeRawBufferPointer) -> Int? {
    guard token == .directories else { return position < text.count ? position + 1 : nil }
    return text[position...].firstIndex(of: .slash).map { $0 + 1 }
  }
}

extension UInt8 {
  static let slash = UInt8(ascii: "/")
  static let backslash = UInt8(ascii: "\\")
}
