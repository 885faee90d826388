/// Data to work on, the same in every run.
struct Samples: RandomNumberGenerator {
  private var state: UInt64 = 1

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Bytes that can't be compressed.
  mutating func random(_ count: Int) -> [UInt8] {
    let words = (0..<(count + 7) / 8).map { _ in next().littleEndian }
    return words.withUnsafeBytes { [UInt8]($0.prefix(count)) }
  }

  /// Lines of made-up words, some much more frequent than others: zstd makes about a third of them, as of source code.
  mutating func text(_ count: Int) -> [UInt8] {
    let vocabulary = (0..<4096).map { _ in
      (0..<Int.random(in: 2...11, using: &self)).map { _ in
        UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &self)
      }
    }
    var text: [UInt8] = []
    text.reserveCapacity(count + 16)
    while text.count < count {
      let bound = 1 << Int.random(in: 0...12, using: &self)
      text += vocabulary[Int.random(in: 0..<bound, using: &self)]
      text.append(next() % 9 == 0 ? UInt8(ascii: "\n") : UInt8(ascii: " "))
    }
    return Array(text.prefix(count))
  }
}

extension Array where Element == UInt8 {
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(body)
  }
}
