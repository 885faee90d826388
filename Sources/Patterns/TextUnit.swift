/// One step through the text of a path: a byte, or a UTF-8 scalar.
struct TextUnit {
  /// The scalar or byte; a byte that is not part of well-formed UTF-8 stands above all scalars, so it equals only itself.
  let value: UInt32
  /// How many bytes it takes, 1...4.
  let width: Int

  private static let firstInvalid: UInt32 = 0x11_0000

  /// The well-formed scalar that starts at `index`, or the single byte there.
  @inline(__always)
  static func scalar(in text: UnsafeRawBufferPointer, at index: Int) -> TextUnit {
    let first = text[index]
    if first < 0x80 { return TextUnit(value: UInt32(first), width: 1) }
    return multibyte(first, in: text, at: index)
  }

  private static func multibyte(_ first: UInt8, in text: UnsafeRawBufferPointer, at index: Int) -> TextUnit {
    let invalid = TextUnit(value: firstInvalid + UInt32(first), width: 1)
    let width: Int
    switch first {
    case 0xC2...0xDF: width = 2
    case 0xE0...0xEF: width = 3
    case 0xF0...0xF4: width = 4
    default: return invalid
    }
    guard index + width <= text.count else { return invalid }
    var value = UInt32(first) & (0x7F >> UInt32(width))
    for offset in 1..<width {
      let byte = text[index + offset]
      guard byte & 0xC0 == 0x80 else { return invalid }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: UInt32 = width == 2 ? 0x80 : width == 3 ? 0x800 : 0x1_0000
    guard value >= least, Unicode.Scalar(value) != nil else { return invalid }
    return TextUnit(value: value, width: width)
  }

  /// `value` in lower case where that is one scalar, else `value`.
  static func lowercased(_ value: UInt32) -> UInt32 {
    mapped(value, ascii: 0x41...0x5A, by: \.lowercaseMapping)
  }

  /// `value` in upper case where that is one scalar, else `value`.
  static func uppercased(_ value: UInt32) -> UInt32 {
    mapped(value, ascii: 0x61...0x7A, by: \.uppercaseMapping)
  }

  private static func mapped(
    _ value: UInt32, ascii: ClosedRange<UInt32>, by mapping: (Unicode.Scalar.Properties) -> String
  ) -> UInt32 {
    if value < 0x80 { return ascii.contains(value) ? value ^ 0x20 : value }
    guard let scalar = Unicode.Scalar(value) else { return value }
    let scalars = mapping(scalar.properties).unicodeScalars
    guard let first = scalars.first, scalars.count == 1 else { return value }
    return first.value
  }
}
