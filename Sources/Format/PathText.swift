internal import Cryptography

/// Paths of any bytes as text, without loss and in one way only.
///
/// Valid UTF-8 stands for itself, a backslash is doubled, any other byte is `\x` and two hexadecimal digits.
public enum PathText {
  /// The text of a path.
  public static func escape(_ path: some Collection<UInt8>) -> String {
    let bytes = [UInt8](path)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let length = sequenceLength(bytes, at: index)
      if length == 0 {
        text += [backslash, UInt8(ascii: "x"), Hex.digit(bytes[index] >> 4), Hex.digit(bytes[index] & 15)]
        index += 1
        continue
      }
      if bytes[index] == backslash { text.append(backslash) }
      text += bytes[index..<index + length]
      index += length
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The path of a text; throws for a text that `escape` doesn't write.
  public static func unescape(_ text: some StringProtocol) throws(FormatError) -> [UInt8] {
    let text = [UInt8](text.utf8)
    var path: [UInt8] = []
    path.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      guard text[index] == backslash else {
        path.append(text[index])
        index += 1
        continue
      }
      let escape = text[index...].dropFirst().prefix(3)
      if escape.first == backslash {
        path.append(backslash)
        index += 2
      } else if escape.count == 3, escape.first == UInt8(ascii: "x"), let high = Hex.value(escape[index + 2]),
        let low = Hex.value(escape[index + 3])
      {
        path.append(high << 4 | low)
        index += 4
      } else {
        throw .malformed("path text", "an escape that is neither \\\\ nor \\x and two digits")
      }
    }
    guard Self.escape(path).utf8.elementsEqual(text) else {
      throw .malformed("path text", "an escape of bytes that stand for themselves")
    }
    return path
  }

  private static let backslash = UInt8(ascii: "\\")

  /// The length of the well-formed UTF-8 sequence at `index` (Unicode, table 3-7), or 0 if there is none.
  private static func sequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch bytes[index] {
      case 0x00...0x7F: (1, 0x80...0xBF)
      case 0xC2...0xDF: (2, 0x80...0xBF)
      case 0xE0: (3, 0xA0...0xBF)
      case 0xED: (3, 0x80...0x9F)
      case 0xE1...0xEF: (3, 0x80...0xBF)
      case 0xF0: (4, 0x90...0xBF)
      case 0xF1...0xF3: (4, 0x80...0xBF)
      case 0xF4: (4, 0x80...0x8F)
      default: (0, 0x80...0xBF)
      }
    guard length > 1 else { return length }
    guard index + length <= bytes.count, second ~= bytes[index + 1] else { return 0 }
    for position in index + 2..<index + length where bytes[position] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
