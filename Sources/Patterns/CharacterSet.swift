/// The inside of a `[...]`: the units it accepts, or with `!` or `^` the units it refuses.
struct CharacterSet: Sendable {
  private var lowBits: (UInt64, UInt64) = (0, 0)
  private var ranges: [ClosedRange<UInt32>] = []
  /// True for `[!...]` and `[^...]`.
  var isNegated = false

  /// Adds every unit from `first` to `last`; nothing when `last` is before `first`.
  mutating func insert(_ first: UInt32, through last: UInt32) {
    guard first <= last else { return }
    var value = first
    while value <= last, value < 128 {
      if value < 64 { lowBits.0 |= 1 << UInt64(value) } else { lowBits.1 |= 1 << UInt64(value - 64) }
      value += 1
    }
    if last >= 128 { ranges.append(max(first, 128)...last) }
  }

  /// Adds the ASCII units for which `isMember` holds.
  mutating func insert(asciiWhere isMember: (UInt8) -> Bool) {
    for byte in UInt8(0)..<128 where isMember(byte) { insert(UInt32(byte), through: UInt32(byte)) }
  }

  /// Whether the set accepts `value`; with `folds`, whether it does in either case.
  func accepts(_ value: UInt32, folds: Bool) -> Bool {
    var isListed = lists(value)
    if folds, !isListed { isListed = lists(TextUnit.lowercased(value)) || lists(TextUnit.uppercased(value)) }
    return isListed != isNegated
  }

  private func lists(_ value: UInt32) -> Bool {
    if value < 64 { return lowBits.0 >> UInt64(value) & 1 == 1 }
    if value < 128 { return lowBits.1 >> UInt64(value - 64) & 1 == 1 }
    return ranges.contains { $0.contains(value) }
  }
}

extension CharacterSet {
  /// Adds the POSIX class `name` (ASCII members only); false when there is no such class.
  mutating func insert(className name: ArraySlice<UInt8>) -> Bool {
    guard let isMember = Self.classes[String(decoding: name, as: UTF8.self)] else { return false }
    insert(asciiWhere: isMember)
    return true
  }

  private static let classes: [String: @Sendable (UInt8) -> Bool] = [
    "alpha": { isLetter($0) },
    "digit": { isDigit($0) },
    "alnum": { isLetter($0) || isDigit($0) },
    "upper": { 0x41...0x5A ~= $0 },
    "lower": { 0x61...0x7A ~= $0 },
    "blank": { $0 == 0x20 || $0 == 0x09 },
    "space": { $0 == 0x20 || 0x09...0x0D ~= $0 },
    "cntrl": { $0 < 0x20 || $0 == 0x7F },
    "graph": { 0x21...0x7E ~= $0 },
    "print": { 0x20...0x7E ~= $0 },
    "punct": { 0x21...0x7E ~= $0 && !isLetter($0) && !isDigit($0) },
    "xdigit": { isDigit($0) || 0x41...0x46 ~= $0 || 0x61...0x66 ~= $0 },
  ]

  private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
