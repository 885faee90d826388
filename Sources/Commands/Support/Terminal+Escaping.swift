extension Terminal {
  /// `name` as text that can't do anything to a terminal and that tells different names apart.
  ///
  /// Control, format (so all that changes direction) and other invisible characters become `\n`, `\t`, `\r` or
  /// `\u{202e}`, bytes that are not UTF-8 `\xff`, and a backslash two.
  static func escaped(_ name: some Sequence<UInt8>) -> String { escaped(name, backslash: "\\\\") }

  /// A message that may quote names that are escaped already: as `escaped`, but backslashes stay single.
  static func harmless(_ message: String) -> String { escaped(message.utf8, backslash: "\\") }

  /// Whether `escaped` leaves these bytes as they are, as it does with nearly all names.
  static func isPlain(_ name: some Sequence<UInt8>) -> Bool {
    name.allSatisfy { 0x20...0x7e ~= $0 && $0 != UInt8(ascii: "\\") }
  }

  private static func escaped(_ name: some Sequence<UInt8>, backslash: String) -> String {
    let bytes = Array(name)
    guard !isPlain(bytes) else { return String(decoding: bytes, as: UTF8.self) }
    var text = ""
    text.reserveCapacity(bytes.count)
    var input = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var index = 0
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        append(Unicode.UTF8.decode(encoded), to: &text, backslash: backslash)
        index += encoded.count
      case .error(let length):
        for byte in bytes[index..<index + length] { text += "\\x" + hexadecimal(UInt32(byte), digits: 2) }
        index += length
      case .emptyInput:
        return text
      }
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String, backslash: String) {
    switch scalar {
    case "\\": text += backslash
    case "\n": text += "\\n"
    case "\t": text += "\\t"
    case "\r": text += "\\r"
    case " "..."~": text.unicodeScalars.append(scalar)
    default:
      if isVisible(scalar) {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\u{" + hexadecimal(scalar.value, digits: 2) + "}"
      }
    }
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return false
    default: return !properties.isDefaultIgnorableCodePoint || properties.isVariationSelector
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
