import Chunking

/// The outputs of SplitMix64 from a seed; FORMAT.md builds its test vectors from the same generator.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// `stream(s, n)` of FORMAT.md.
func stream(seed: UInt64, count: Int) -> [UInt8] {
  var generator = SplitMix64(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    let word = generator.next()
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Runs of four byte values, 1 to 64 long: the "runs" data of FORMAT.md.
func runs(seed: UInt64, count: Int) -> [UInt8] {
  stream(seed: seed, count: count).flatMap { [UInt8](repeating: $0 & 3, count: 1 + Int($0 >> 2)) }
}

let keyA: [UInt8] = Array(0..<16)
let keyB: [UInt8] = Array((0..<16).reversed())

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
