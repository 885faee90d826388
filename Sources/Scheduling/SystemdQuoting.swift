/// Words as systemd's unit files take them.
package enum SystemdQuoting {
  /// `word` for an `ExecStart=:` line, in which `$` means nothing, or another line of words: after reading it, systemd has
  /// the same bytes.
  ///
  /// `word` has no line feed or NUL. What is not UTF-8 is written as escapes, since systemd reads only UTF-8.
  package static func quoted(_ word: [UInt8]) -> String {
    if !word.isEmpty, word.allSatisfy(isPlain) { return String(decoding: word, as: UTF8.self) }
    let isText = String(validating: word, as: UTF8.self) != nil
    var text: [UInt8] = [UInt8(ascii: "\"")]
    for byte in word {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "%"): text += [byte, byte]
      case 0..<0x20, 0x7F: text += escape(byte)
      case 0x80...: text += isText ? [byte] : escape(byte)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
    return String(decoding: text, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "/._-+=:,@".utf8.contains(byte)
    }
  }

  private static func escape(_ byte: UInt8) -> [UInt8] {
    Array(("\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
  }
}
