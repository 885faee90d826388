/// SplitMix64: a small generator whose sequence its seed decides, so that a failing test can be run again.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The generator of a seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// The next `count` bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    // By whole words, since tests are built without optimization; what the last has too many is cut off.
    let words = (0..<(count + 7) / 8).map { _ in next() }
    return words.withUnsafeBytes { [UInt8]($0.prefix(count)) }
  }
}
