import Chunking
import TestSupport
import Testing

@Suite("The chunker agrees with the byte-at-a-time reference")
struct EquivalenceTests {
  static let sizes: [[Int]] = [
    [64, 8256, 8257], [64, 8256, 20000], [65, 8259, 40001], [1021, 9213, 9214], [4099, 16411, 65521],
  ]

  static let inputs: [(name: String, make: @Sendable (UInt64) -> [UInt8])] = [
    ("random", { stream(seed: $0, count: 120_001) }),
    ("two values", { stream(seed: $0, count: 120_003).map { $0 & 1 } }),
    ("text-like", { stream(seed: $0, count: 120_002).map { 0x20 + $0 % 27 } }),
    ("runs", { runs(seed: $0, count: 4000) }),
    ("periodic", { seed in (0..<120_000).map { UInt8(truncatingIfNeeded: ($0 % 7) * Int(seed % 256)) } }),
  ]

  @Test("on every input and size", arguments: sizes)
  func agrees(sizes: [Int]) throws {
    let parameters = try ChunkerParameters(minimum: sizes[0], average: sizes[1], maximum: sizes[2])
    let seeds = SystemRandomNumberGenerator.seeds(2)
    for input in Self.inputs {
      for seed in [11] + seeds {
        let bytes = input.make(seed)
        let key = stream(seed: seed ^ 1, count: 16)
        let chunker = ContentChunker(parameters, key: key)
        let expected = NaiveChunker(parameters: parameters, key: key).chunkLengths(bytes)
        #expect(chunkLengths(bytes, chunker) == expected, "\(input.name), seed \(seed)")
      }
    }
  }

  @Test("when the stream arrives in pieces of any length", arguments: [[64, 8256, 20000], [4099, 16411, 65521]])
  func agreesInPieces(sizes: [Int]) throws {
    let parameters = try ChunkerParameters(minimum: sizes[0], average: sizes[1], maximum: sizes[2])
    for seed in [12] + SystemRandomNumberGenerator.seeds(1) {
      let bytes = stream(seed: seed, count: 200_000)
      let chunker = ContentChunker(parameters, key: keyA)
      let expected = NaiveChunker(parameters: parameters, key: keyA).chunkLengths(bytes)
      #expect(chunkLengthsInPieces(bytes, chunker, seed: seed) == expected, "seed \(seed)")
    }
  }

  /// Chunks a stream of which ever more is known, and expects nil only while less than the maximum is.
  private func chunkLengthsInPieces(_ bytes: [UInt8], _ chunker: ContentChunker, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var lengths: [Int] = []
    var start = 0
    var known = 0
    bytes.withUnsafeBytes { bytes in
      while start < bytes.count {
        let window = UnsafeRawBufferPointer(rebasing: bytes[start..<known])
        if let length = chunker.firstCut(in: window, isEnd: known == bytes.count) {
          lengths.append(length)
          start += length
        } else {
          #expect(window.count < chunker.parameters.maximum, "seed \(seed)")
          known = min(bytes.count, known + Int.random(in: 1...9000, using: &generator))
        }
      }
    }
    return lengths
  }
}

extension SystemRandomNumberGenerator {
  /// Seeds that differ on every run; a failure message names the one it was found with.
  static func seeds(_ count: Int) -> [UInt64] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
  }
}
