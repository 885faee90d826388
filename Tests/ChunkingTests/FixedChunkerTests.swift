import Chunking
import Testing

@Suite("The fixed chunker")
struct FixedChunkerTests {
  @Test(
    "cuts at its size, and at the end what is left",
    arguments: [(0, nil, nil), (1, nil, 1), (4095, nil, 4095), (4096, 4096, 4096), (9000, 4096, 4096)]
      as [(Int, Int?, Int?)])
  func cuts(count: Int, open: Int?, ended: Int?) throws {
    let chunker = try FixedChunker(size: 4096)
    let bytes = stream(seed: 61, count: count)
    #expect(bytes.withUnsafeBytes { chunker.firstCut(in: $0, isEnd: false) } == open)
    #expect(bytes.withUnsafeBytes { chunker.firstCut(in: $0, isEnd: true) } == ended)
  }

  @Test("refuses sizes outside its limits", arguments: [Int.min, 0, (8 << 20) + 1])
  func refuses(size: Int) throws {
    let error = try #require(throws: ChunkingError.self) { try FixedChunker(size: size) }
    #expect(error.code == .invalidParameters)
    #expect(error.message.contains("\(size)"))
  }
}
