/// Shows bytes of no known encoding on a terminal, without loss and without letting them act on the terminal.
///
/// - A backslash is doubled.
/// - Bytes that are not UTF-8, and ASCII control characters, become `\xNN`.
/// - Characters that are invisible, blank (but for the space itself) or that reorder their neighbours become `\u{…}`.
/// - Everything else stands for itself. So the original bytes can be had back from the text.
public enum ByteEscaping {
  /// The escaped text of `bytes`.
  public static func escape(_ bytes: UnsafeRawBufferPointer) -> String {
    if bytes.allSatisfy(isPlain) { return String(decoding: bytes, as: UTF8.self) }
    var text = ""
    text.reserveCapacity(bytes.count + 16)
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var position = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        append(Unicode.UTF8.decode(encoded), to: &text)
        position += encoded.count
      case .error(let length):
        for byte in bytes[position..<position + length] { appendByte(byte, to: &text) }
        position += length
      case .emptyInput:
        return text
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
  }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar.value {
    case 0x5C: text += "\\\\"
    case 0x20..<0x7F: text.unicodeScalars.append(scalar)
    case 0..<0x80: appendByte(UInt8(scalar.value), to: &text)
    default:
      if mayMislead(scalar) {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  private static func appendByte(_ byte: UInt8, to text: inout String) {
    text += (byte < 0x10 ? "\\x0" : "\\x") + String(byte, radix: 16)
  }

  /// Whether a scalar acts on a terminal, shows nothing, or may be drawn as something else by another version of Unicode.
  private static func mayMislead(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isDefaultIgnorableCodePoint { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse, .unassigned:
      return true
    default:
      return false
    }
  }
}
