import Testing

@testable import Chunking

@Suite("Where a chunk may end")
struct BoundaryTests {
  let parameters: ChunkerParameters
  let chunker: ContentChunker

  init() throws {
    parameters = try ChunkerParameters(minimum: 64, average: 8256, maximum: 20000)
    chunker = ContentChunker(parameters, key: keyA)
  }

  private func firstCut(_ bytes: [UInt8], isEnd: Bool) -> Int? {
    bytes.withUnsafeBytes { chunker.firstCut(in: $0, isEnd: isEnd) }
  }

  /// A window of random bytes that is a candidate and whose keyed value lies in `values`.
  private func window(valueIn values: Range<UInt64>) throws -> [UInt8] {
    let bytes = stream(seed: 21, count: 1 << 18)
    let function = SipHash24(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
    var hash: UInt64 = 0
    for end in 1...bytes.count {
      hash = (hash << 1) &+ GearTable.words[Int(bytes[end - 1])]
      guard end >= 64, hash >> 54 == 0 else { continue }
      let window = Array(bytes[(end - 64)..<end])
      if values.contains(window.withUnsafeBytes(function.hash)) { return window }
    }
    throw ChunkingError(code: .invalidParameters, message: "no such window in the test data")
  }

  /// Zeros, which are never a candidate, with the window ending at `length` and more zeros up to the maximum.
  private func bytes(with window: [UInt8], endingAt length: Int) -> [UInt8] {
    let before = [UInt8](repeating: 0, count: length - window.count)
    return before + window + [UInt8](repeating: 0, count: parameters.maximum - length)
  }

  @Test("No run of one byte value is cut before the maximum", arguments: UInt8.min...UInt8.max)
  func runIsCutAtMaximum(value: UInt8) {
    let run = [UInt8](repeating: value, count: parameters.maximum + 10)
    #expect(firstCut(run, isEnd: false) == parameters.maximum)
    #expect(firstCut(Array(run.prefix(parameters.maximum)), isEnd: false) == parameters.maximum)
  }

  @Test("More bytes are asked for while there is no cut and less than the maximum")
  func asksForMore() {
    let run = [UInt8](repeating: 0, count: parameters.maximum - 1)
    #expect(firstCut(run, isEnd: false) == nil)
    #expect(firstCut(run, isEnd: true) == run.count)
  }

  @Test("What is shorter than the minimum is a chunk only at the end", arguments: [1, 2, 63])
  func shorterThanMinimum(count: Int) {
    let bytes = stream(seed: 22, count: count)
    #expect(firstCut(bytes, isEnd: false) == nil)
    #expect(firstCut(bytes, isEnd: true) == count)
  }

  @Test("An empty stream has no chunk", arguments: [false, true])
  func empty(isEnd: Bool) {
    #expect(firstCut([], isEnd: isEnd) == nil)
    #expect(chunker.firstCut(in: UnsafeRawBufferPointer(start: nil, count: 0), isEnd: isEnd) == nil)
  }

  @Test("The minimum itself is a possible cut, and one byte less is not")
  func cutAtMinimum() throws {
    let parameters = try ChunkerParameters(minimum: 100, average: 8292, maximum: 20000)
    let chunker = ContentChunker(parameters, key: keyA)
    let window = try window(valueIn: 0..<CutThresholds(parameters).belowAverage)
    for (length, expected) in [(100, 100), (99, 20000), (101, 101)] {
      let bytes = bytes(with: window, endingAt: length)
      #expect(bytes.withUnsafeBytes { chunker.firstCut(in: $0, isEnd: false) } == expected)
    }
  }

  @Test("The minimum is a possible cut when nothing after it is known yet")
  func cutAtMinimumWithoutMore() throws {
    let window = try window(valueIn: 0..<CutThresholds(parameters).belowAverage)
    #expect(firstCut(window, isEnd: false) == 64)
  }

  @Test("The easier threshold holds from the average on")
  func thresholdChangesAtAverage() throws {
    let thresholds = CutThresholds(parameters)
    let easy = try window(valueIn: thresholds.belowAverage..<thresholds.fromAverage)
    let average = parameters.average
    #expect(firstCut(bytes(with: easy, endingAt: average - 1), isEnd: false) == parameters.maximum)
    #expect(firstCut(bytes(with: easy, endingAt: average), isEnd: false) == average)
    let never = try window(valueIn: thresholds.fromAverage..<UInt64.max)
    #expect(firstCut(bytes(with: never, endingAt: average), isEnd: false) == parameters.maximum)
  }

  @Test("Bytes outside the buffer's first chunk do not matter, whatever the alignment", arguments: 0..<9)
  func ignoresSurroundings(offset: Int) {
    let bytes = stream(seed: 23, count: 40000)
    let expected = firstCut(bytes, isEnd: true)
    let shifted = stream(seed: UInt64(offset), count: offset) + bytes + stream(seed: 24, count: 99)
    let found = shifted.withUnsafeBytes {
      chunker.firstCut(in: UnsafeRawBufferPointer(rebasing: $0[offset...]), isEnd: false)
    }
    #expect(found == expected)
  }
}
