/// Reads the inside of a `[...]` by the rules of POSIX, with `^` for `!`, and `\` as an escape.
struct BracketParser {
  private let text: ArraySlice<UInt8>
  private let decode: (ArraySlice<UInt8>) -> TextUnit
  /// The next byte to read; behind the `]` once parsed.
  private(set) var index: Int

  /// `index` is that of the byte after the `[`; `decode` reads the unit at the start of a slice that is not empty.
  init(text: ArraySlice<UInt8>, index: Int, decode: @escaping (ArraySlice<UInt8>) -> TextUnit) {
    self.text = text
    self.index = index
    self.decode = decode
  }

  mutating func parse() throws(GlobSyntaxError) -> CharacterSet {
    var set = CharacterSet()
    if let mark = peek(), mark == UInt8(ascii: "!") || mark == UInt8(ascii: "^") {
      set.isNegated = true
      index += 1
    }
    // The unit before a "-", when it may begin a range.
    var previous: UInt32?
    var isFirst = true
    while isFirst || peek() != UInt8(ascii: "]") {
      isFirst = false
      if peek() == UInt8(ascii: "-"), let first = previous, let end = peek(1), end != UInt8(ascii: "]") {
        index += 1
        set.insert(first, through: try nextUnit())
        previous = nil
      } else if peek() == UInt8(ascii: "["), peek(1) == UInt8(ascii: ":"), let name = try className() {
        guard set.insert(className: name) else { throw .unknownClass }
        index = name.endIndex + 2
        previous = nil
      } else {
        let value = try nextUnit()
        set.insert(value, through: value)
        previous = value
      }
    }
    index += 1
    return set
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    index + offset < text.endIndex ? text[index + offset] : nil
  }

  private mutating func nextUnit() throws(GlobSyntaxError) -> UInt32 {
    if peek() == .backslash { index += 1 }
    guard index < text.endIndex else { throw .unclosedBracket }
    let unit = decode(text[index...])
    index += unit.width
    return unit.value
  }

  /// The name in `[:name:]` at `index`; nil if the next `]` doesn't end such a class, and then the `[` is a plain member.
  private func className() throws(GlobSyntaxError) -> ArraySlice<UInt8>? {
    let rest = text[(index + 2)...]
    guard let close = rest.firstIndex(of: UInt8(ascii: "]")) else { throw .unclosedBracket }
    guard close > rest.startIndex, text[close - 1] == UInt8(ascii: ":") else { return nil }
    return text[rest.startIndex..<close - 1]
  }
}
