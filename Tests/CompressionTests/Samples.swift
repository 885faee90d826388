/// Bytes from a seed: the same seed gives the same bytes on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

enum Samples {
  static func random(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// Words in random order, which zstd shrinks to a third or less.
  static func text(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    let words = ["snow", "layer", "winter", "glacier", "drill", "core", "melt", "summer", "ice", "depth", "year"]
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += Array((words.randomElement(using: &generator) ?? "").utf8) + [32] }
    return Array(bytes.prefix(count))
  }
}
