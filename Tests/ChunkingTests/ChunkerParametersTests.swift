import Chunking
import Testing

@Suite("Chunk sizes")
struct ChunkerParametersTests {
  @Test(
    "at the limits are accepted",
    arguments: [
      [64, 8256, 8257], [16384, 65536, 262_144], [64, 8256, 8 << 20], [(8 << 20) - 8193, (8 << 20) - 1, 8 << 20],
    ])
  func accepted(sizes: [Int]) throws {
    let parameters = try ChunkerParameters(minimum: sizes[0], average: sizes[1], maximum: sizes[2])
    #expect([parameters.minimum, parameters.average, parameters.maximum] == sizes)
  }

  @Test(
    "that break a rule are refused with the size named",
    arguments: [
      ([63, 65536, 262_144], "minimum chunk size 63"),
      ([0, 65536, 262_144], "minimum chunk size 0"),
      ([Int.min, 65536, 262_144], "minimum chunk size \(Int.min)"),
      ([64, 8255, 262_144], "average chunk size 8255"),
      ([64, Int.min, 262_144], "average chunk size \(Int.min)"),
      ([65536, 65536, 262_144], "average chunk size 65536"),
      ([Int.max, 65536, 262_144], "average chunk size 65536"),
      ([64, 65536, 65536], "maximum 65536"),
      ([64, 65536, Int.min], "maximum \(Int.min)"),
      ([64, 65536, (8 << 20) + 1], "maximum chunk size 8388609"),
      ([64, Int.max, Int.max], "maximum chunk size \(Int.max)"),
    ])
  func refused(sizes: [Int], named: String) throws {
    let error = try #require(throws: ChunkingError.self) {
      try ChunkerParameters(minimum: sizes[0], average: sizes[1], maximum: sizes[2])
    }
    #expect(error.code == .invalidParameters)
    #expect(error.description.contains(named))
  }

  @Test("of the standard set pass the checks")
  func standard() throws {
    let sizes = try ChunkerParameters(minimum: 4096, average: 16384, maximum: 65536)
    #expect([sizes.minimum, sizes.average, sizes.maximum] == [4096, 16384, 65536])
  }
}
