import Chunking
import TestSupport

/// `stream(s, n)` of FORMAT.md.
func stream(seed: UInt64, count: Int) -> [UInt8] {
  var generator = SeededGenerator(seed: seed)
  return generator.bytes(count)
}

/// Runs of four byte values, 1 to 64 long: the "runs" data of FORMAT.md.
func runs(seed: UInt64, count: Int) -> [UInt8] {
  stream(seed: seed, count: count).flatMap { [UInt8](repeating: $0 & 3, count: 1 + Int($0 >> 2)) }
}

let keyA: [UInt8] = Array(0..<16)
let keyB: [UInt8] = Array((0..<16).reversed())

extension ChunkerParameters {
  /// The large sizes of the vectors of FORMAT.md.
  static var large: ChunkerParameters {
    get throws { try ChunkerParameters(minimum: 16384, average: 65536, maximum: 262_144) }
  }
}

extension ContentChunker {
  init(_ parameters: ChunkerParameters, key: [UInt8]) {
    self.init(parameters: parameters, key: key.span.bytes)
  }
}

/// The lengths of all chunks of `bytes`, each found with the rest of the stream in view.
func chunkLengths(_ bytes: [UInt8], _ chunker: ContentChunker) -> [Int] {
  bytes.withUnsafeBytes { bytes in
    var lengths: [Int] = []
    var rest = bytes
    while let length = chunker.firstCut(in: rest, isEnd: true) {
      lengths.append(length)
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
    }
    return lengths
  }
}

/// The offsets in the stream at which the chunks end.
func cutOffsets(_ lengths: [Int]) -> [Int] {
  var offset = 0
  return lengths.map { length in
    offset += length
    return offset
  }
}
