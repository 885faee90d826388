import TestSupport

/// Bytes from a seed: the same seed gives the same bytes on every machine.
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
