extension JSONWriter {
  mutating func field(_ name: String, _ string: String) {
    key(name)
    value(string)
  }

  mutating func field(_ name: String, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  mutating func field(_ name: String, _ number: Double) {
    key(name)
    value(number)
  }

  mutating func field(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  /// A field whose value is an array that `body` writes.
  mutating func array<E: Error>(_ name: String, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    key(name)
    try array(body)
  }

  /// A field whose value is an object that `body` writes.
  mutating func object<E: Error>(_ name: String, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    key(name)
    try object(body)
  }

  /// A file name or path. Where it isn't UTF-8, the string shows U+FFFD for what isn't, and a second field
  /// `<name>_base64` holds the exact bytes.
  mutating func field(_ name: String, path: some Collection<UInt8>) {
    let bytes = Array(path)
    field(name, String(decoding: bytes, as: UTF8.self))
    if String(validating: bytes, as: UTF8.self) == nil { field(name + "_base64", Self.base64(bytes)) }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for number in 0..<4 {
        let digit = alphabet[Int(bits >> UInt32(18 - 6 * number) & 63)]
        text.append(number <= group.count ? digit : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
