/// A text of lines, each a key, a space and a value of any bytes but line feeds. Lines that begin with `#` and empty
/// lines are for people.
package struct LineRecord {
  private(set) var fields: [(key: String, value: [UInt8])] = []

  package init() {}

  /// Nil where a line has no key.
  package init?(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")),
        let key = String(validating: line[..<space], as: UTF8.self)
      else { return nil }
      fields.append((key, Array(line[(space + 1)...])))
    }
  }

  mutating func append(_ key: String, _ value: some Sequence<UInt8>) {
    let value = Array(value)
    precondition(!value.contains(UInt8(ascii: "\n")), "a value is one line")
    fields.append((key, value))
  }

  package mutating func append(_ key: String, _ text: String) { append(key, text.utf8) }

  /// The bytes of all values with this key.
  func values(_ key: String) -> [[UInt8]] { fields.filter { $0.key == key }.map(\.value) }

  /// The first value with this key, if there is one that is UTF-8.
  package func text(_ key: String) -> String? {
    fields.first { $0.key == key }.flatMap { String(validating: $0.value, as: UTF8.self) }
  }

  func number(_ key: String) -> Int64? { text(key).flatMap { Int64($0) } }

  /// The text, after `title` as a line for people.
  package func bytes(title: String) -> [UInt8] {
    fields.reduce(into: Array("# \(title)\n".utf8)) { bytes, field in
      bytes += field.key.utf8
      bytes.append(UInt8(ascii: " "))
      bytes += field.value
      bytes.append(UInt8(ascii: "\n"))
    }
  }
}
