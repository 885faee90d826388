/// Writes JSON value by value, without building a tree of it. Every `--json` output goes through here.
///
/// The caller keeps to the grammar: fields in objects, values in arrays and at the top. Long output is handed on
/// from time to time with `write(to:)`.
struct JSONWriter: Sendable {
  /// What was written and not yet handed on.
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// The text of what was written and not yet handed on.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// An object whose fields `body` writes.
  mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    try nest("{", "}", body)
  }

  /// An array whose values `body` writes.
  mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    try nest("[", "]", body)
  }

  /// The name of the value that is written next.
  mutating func key(_ name: String) {
    beginValue()
    appendQuoted(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func value(_ string: String) {
    beginValue()
    appendQuoted(string)
  }

  mutating func value(_ number: some BinaryInteger) { raw(String(number)) }

  mutating func value(_ flag: Bool) { raw(flag ? "true" : "false") }

  /// A number; `null` where JSON has none for it, that is for infinities and not-a-number.
  mutating func value(_ number: Double) { raw(number.isFinite ? "\(number)" : "null") }

  /// Ends a document or a line of JSON Lines.
  mutating func endLine() {
    bytes.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  /// Hands everything written so far to `output`.
  mutating func write(to output: TextOutput) throws(CommandError) {
    try output.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func nest<E: Error>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    beginValue()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    try body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func beginValue() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func raw(_ text: String) {
    beginValue()
    bytes += text.utf8
  }

  private mutating func appendQuoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20, 0x7F:
        bytes += "\\u00".utf8
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
