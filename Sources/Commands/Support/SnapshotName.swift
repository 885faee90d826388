/// How the command line names a snapshot.
enum SnapshotName: Sendable, Equatable {
  /// The snapshot whose id starts with these digits: 4 to 64, in lower case.
  case id(prefix: String)
  /// The newest snapshot, or with `back` that many before it.
  case latest(back: Int)
  /// The newest snapshot that isn't later than this.
  case notLater(than: Instant)

  /// Reads an id prefix, "latest", "latest~2" or a time as `TimeArgument` does. What could be both an id and a time
  /// is an id.
  /// - Throws: a usage error that quotes `text`.
  init(_ text: String, now: Instant) throws(CommandError) {
    if let name = Self.parsed(text, now: now) {
      self = name
    } else {
      let quoted = Terminal.escaped(text.utf8)
      throw CommandError(
        .usage, "\"\(quoted)\" names no snapshot: give 4 or more digits of an id, latest, latest~N or a time"
      )
    }
  }

  private static func parsed(_ text: String, now: Instant) -> SnapshotName? {
    if text == "latest" { return .latest(back: 0) }
    if text.hasPrefix("latest~") {
      let digits = text.dropFirst(7)
      guard digits.allSatisfy({ ("0"..."9").contains($0) }), let back = Int(digits) else { return nil }
      return .latest(back: back)
    }
    if (4...64).contains(text.utf8.count), text.utf8.allSatisfy(isHexadecimal) { return .id(prefix: text.lowercased()) }
    return TimeArgument(text, now: now).map { .notLater(than: $0.end) }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x61...0x66 ~= byte | 0x20
  }

  /// Reads `SNAPSHOT` or `SNAPSHOT:PATH`. Times hold colons too, so the longest start that names a snapshot is the
  /// name.
  /// - Returns: the name, and the bytes after the colon; nil without one.
  /// - Throws: a usage error that quotes the argument.
  static func split(
    _ argument: some Collection<UInt8>, now: Instant
  ) throws(CommandError) -> (name: SnapshotName, path: [UInt8]?) {
    let bytes = Array(argument)
    if let name = parsed(String(decoding: bytes, as: UTF8.self), now: now) { return (name, nil) }
    for colon in bytes.indices.reversed() where bytes[colon] == UInt8(ascii: ":") {
      if let name = parsed(String(decoding: bytes[..<colon], as: UTF8.self), now: now) {
        return (name, Array(bytes[(colon + 1)...]))
      }
    }
    let start = bytes.prefix { $0 != UInt8(ascii: ":") }
    return (try SnapshotName(String(decoding: start, as: UTF8.self), now: now), nil)
  }
}
