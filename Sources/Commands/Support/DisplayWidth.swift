extension String {
  /// How many columns a terminal needs for this text, which holds no control characters.
  var displayWidth: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }

  /// The longest start of this text that fits `columns`, ending in "…" where something was cut.
  func truncated(toWidth columns: Int) -> String {
    guard displayWidth > columns else { return self }
    var text = ""
    var width = 1
    for character in self {
      width += character.displayWidth
      guard width <= columns else { break }
      text.append(character)
    }
    return columns > 0 ? text + "…" : ""
  }
}

extension Character {
  /// 0 for a lone mark, 2 for wide East Asian characters and emoji, else 1.
  fileprivate var displayWidth: Int {
    if unicodeScalars.contains("\u{FE0F}") { return 2 }
    return unicodeScalars.reduce(0) { max($0, $1.displayWidth) }
  }
}

extension Unicode.Scalar {
  fileprivate var displayWidth: Int {
    if value < 0x300 { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    return Self.wide.contains { $0.contains(value) } ? 2 : 1
  }

  /// The blocks that Unicode's East Asian Width property calls wide or full-width.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
    0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1_7000...0x1_8CFF,
    0x1_B000...0x1_B2FF, 0x2_0000...0x3_FFFD,
  ]
}
