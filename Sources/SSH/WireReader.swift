/// Reads the numbers and strings of SSH messages. Nothing is read beyond the bytes it was given.
struct WireReader {
  /// What was not read yet.
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func uint32() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func uint64() -> UInt64? {
    guard rest.count >= 8 else { return nil }
    defer { rest = rest.dropFirst(8) }
    return rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A string of at most `limit` bytes.
  mutating func string(limit: Int = .max) -> ArraySlice<UInt8>? {
    var copy = self
    guard let count = copy.uint32(), count <= limit, count <= copy.rest.count else { return nil }
    let string = copy.rest.prefix(Int(count))
    rest = copy.rest.dropFirst(Int(count))
    return string
  }
}
