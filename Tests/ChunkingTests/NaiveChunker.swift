@testable import Chunking

/// Chunker suite 1 as FORMAT.md words it: every byte of every chunk rolled, every length tested, nothing skipped.
struct NaiveChunker {
  let parameters: ChunkerParameters
  let key: [UInt8]

  func chunkLengths(_ bytes: [UInt8]) -> [Int] {
    let spread = Double(parameters.average - parameters.minimum)
    let function = SipHash24(key0: word(key[0..<8]), key1: word(key[8..<16]))
    // The formulas in floating point, against which the exact ones can be off by a rounding that no test data meets.
    let below = UInt64(1024 * 0x1p64 / (3 * spread))
    let from = UInt64(24576 * 0x1p64 / (5 * spread))
    var lengths: [Int] = []
    var start = 0
    var hash: UInt64 = 0
    for end in 1..<(bytes.count + 1) {
      hash = (hash << 1) &+ GearTable.words[Int(bytes[end - 1])]
      let length = end - start
      var isCut = end == bytes.count || length == parameters.maximum
      if !isCut, length >= parameters.minimum, hash >> 54 == 0 {
        let value = bytes[(end - 64)..<end].withUnsafeBytes(function.hash)
        isCut = value < (length < parameters.average ? below : from)
      }
      if isCut {
        lengths.append(length)
        start = end
        hash = 0
      }
    }
    return lengths
  }

  private func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
