import Testing

@testable import Chunking

@Suite("The test vectors of FORMAT.md, section Chunking")
struct FormatVectorTests {
  @Test("Gear table")
  func gearTable() {
    let words = GearTable.words
    #expect(words.count == 256)
    #expect(words[..<3] == [0x7d22_70db_064d_27a6, 0x7629_b5f7_d13e_0f50, 0x002f_047f_b0d1_1eb1])
    #expect(words[254...] == [0x2349_faea_c5d2_3b12, 0xb736_4dee_cfb8_e95e])
    #expect(words.reduce(0, ^) == 0x80f3_5bbb_761b_da6f)
  }

  @Test("Thresholds")
  func thresholds() throws {
    let large = try CutThresholds(.large)
    #expect(large.belowAverage == 0x01c7_1c71_c71c_71c7)
    #expect(large.fromAverage == 0x1999_9999_9999_9999)
    let small = CutThresholds(try ChunkerParameters(minimum: 64, average: 8256, maximum: 20000))
    #expect(small.belowAverage == 0x0aaa_aaaa_aaaa_aaaa)
    #expect(small.fromAverage == 0x9999_9999_9999_9999)
  }

  @Test("Random data, large sizes, two keys")
  func random() throws {
    let bytes = stream(seed: 1, count: 1 << 20)
    #expect(
      try chunkLengths(bytes, ContentChunker(.large, key: keyA)) == [
        74147, 66907, 69382, 42588, 82979, 69885, 85170, 67853, 33666, 67106, 68362, 77184, 90946, 70537, 81864,
      ])
    #expect(
      try chunkLengths(bytes, ContentChunker(.large, key: keyB)) == [
        68738, 68240, 71044, 44305, 81367, 61229, 58418, 90957, 53156, 35889, 69701, 72495, 84047, 29937, 71192, 75283,
        12578,
      ])
  }

  @Test("Small sizes")
  func small() throws {
    let parameters = try ChunkerParameters(minimum: 64, average: 8256, maximum: 20000)
    let chunker = ContentChunker(parameters, key: keyA)
    #expect(
      chunkLengths(stream(seed: 1, count: 100_000), chunker) == [
        8395, 8727, 8286, 6248, 11929, 10306, 10379, 687, 9190, 8360, 9054, 7281, 1158,
      ])
    #expect(
      chunkLengths(runs(seed: 2, count: 2000), chunker) == [4430, 10044, 11233, 16504, 6781, 9561, 6859])
  }

  @Test("Zeros and a stream shorter than the minimum")
  func degenerate() throws {
    let chunker = try ContentChunker(.large, key: keyA)
    #expect(chunkLengths([UInt8](repeating: 0, count: 600_000), chunker) == [262_144, 262_144, 75712])
    #expect(chunkLengths(stream(seed: 1, count: 16383), chunker) == [16383])
  }
}
