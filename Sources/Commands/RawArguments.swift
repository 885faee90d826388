/// The command line as strings that keep every byte.
///
/// Arguments may be names in no particular encoding, and a Swift string holds only Unicode. So each byte that isn't part
/// of well-formed UTF-8 travels as a scalar of its own, U+10FF00 and the byte: the end of a private-use plane. What
/// happens to be such a scalar already travels byte by byte as well, so nothing is lost or confused.
enum RawArguments {
  private static let base: UInt32 = 0x10_FF00
  private static let carriers: ClosedRange<UInt32> = (base + 0x80)...(base + 0xFF)

  /// What this process was started with, without its name.
  static var process: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      CommandLine.unsafeArgv[index].map { text(UnsafeRawBufferPointer(start: $0, count: length($0))) }
    }
  }

  /// The string that carries `bytes`.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isCarrier) {
      return text
    }
    var text = ""
    var input = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var index = 0
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if isCarrier(scalar) { carry(encoded, in: &text) } else { text.unicodeScalars.append(scalar) }
        index += encoded.count
      case .error(let length):
        carry(bytes[index..<index + length], in: &text)
        index += length
      case .emptyInput: return text
      }
    }
  }

  /// The bytes that `text` carries.
  static func bytes(_ text: String) -> [UInt8] {
    guard text.unicodeScalars.contains(where: isCarrier) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      isCarrier(scalar) ? [UInt8(scalar.value - base)] : Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  private static func isCarrier(_ scalar: Unicode.Scalar) -> Bool { carriers.contains(scalar.value) }

  private static func carry(_ bytes: some Sequence<UInt8>, in text: inout String) {
    for byte in bytes {
      // Only bytes from 0x80 up are ever not UTF-8 by themselves.
      guard let scalar = Unicode.Scalar(base + UInt32(byte)) else { continue }
      text.unicodeScalars.append(scalar)
    }
  }

  private static func length(_ text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
  }
}
