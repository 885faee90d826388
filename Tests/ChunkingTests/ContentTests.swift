import Chunking
import TestSupport
import Testing

@Suite("What content-defined cuts are for")
struct ContentTests {
  @Test("After an insertion, a deletion or a change the old cuts are found again", arguments: 0..<6)
  func resynchronises(round: Int) throws {
    let parameters = try ChunkerParameters(minimum: 2048, average: 10240, maximum: 40960)
    let chunker = ContentChunker(parameters, key: keyA)
    var generator = SeededGenerator(seed: UInt64(round))
    let old = stream(seed: UInt64(31 + round), count: 600_000)
    let position = Int.random(in: 0..<200_000, using: &generator)
    let inserted = stream(seed: generator.next(), count: Int.random(in: 0...300, using: &generator))
    let removed = Int.random(in: 1...300, using: &generator)
    var new = old
    new.replaceSubrange(position..<(position + removed), with: inserted)

    let oldCuts = cutOffsets(chunkLengths(old, chunker))
    let newCuts = cutOffsets(chunkLengths(new, chunker))
    #expect(oldCuts.filter { $0 < position } == newCuts.filter { $0 < position }, "round \(round)")
    let moved = Set(newCuts.map { $0 - inserted.count + removed })
    let firstShared = try #require(oldCuts.first { $0 >= position + removed + 64 && moved.contains($0) })
    #expect(firstShared < position + 20 * parameters.average, "round \(round)")
    #expect(oldCuts.filter { $0 > firstShared }.allSatisfy(moved.contains), "round \(round)")
  }

  @Test("Another key, even by one bit, gives other cuts", arguments: [0, 7, 8, 15])
  func dependsOnKey(byte: Int) throws {
    let bytes = stream(seed: 41, count: 3 << 20)
    var other = keyA
    other[byte] ^= 0x80
    let cuts = try [keyA, other].map { key in
      try Set(cutOffsets(chunkLengths(bytes, ContentChunker(.large, key: key))))
    }
    // A candidate is cut with a probability of 1/144 or 1/10, so some cuts coincide; the end always does.
    #expect(cuts[0].intersection(cuts[1]).count <= 5)
    #expect(cuts[0].count >= 40)
  }

  @Test(
    "On random data the mean length is the average, and lengths stay between minimum and maximum",
    arguments: [[64, 8256, 65536], [4096, 16384, 65536], [16384, 24576, 262_144]])
  func meanIsAverage(sizes: [Int]) throws {
    let parameters = try ChunkerParameters(minimum: sizes[0], average: sizes[1], maximum: sizes[2])
    let chunker = ContentChunker(parameters, key: keyA)
    let lengths = chunkLengths(stream(seed: 51, count: sizes[1] * 400), chunker)
    #expect(lengths.dropLast().allSatisfy { (sizes[0]...sizes[2]).contains($0) })
    // The deviation of one length is a third of the average, so that of the mean of 400 is below 2 %.
    let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
    #expect(abs(mean / Double(sizes[1]) - 1) < 0.06, "mean \(mean)")
  }
}
