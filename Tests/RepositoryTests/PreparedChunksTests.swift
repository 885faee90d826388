import Cryptography
import Format
import RepositoryFixture
import Testing

@testable import Repository

@Suite("Chunks that are lent together")
struct PreparedChunksTests {
  private typealias Chunk = (id: ChunkID, place: ChunkPlace)

  private let reader: ChunkReader
  private let chunks: [(id: ChunkID, place: ChunkPlace)]
  private static let contents = ["first ", "second ", "third ", "fourth "].map { Array($0.utf8) }

  /// Four chunks in one frame. Under the id of the third one stands something else, as whoever has a write key can file it.
  init() throws {
    let sample = try SampleRepository()
    let context = sample.repository.context
    var hasher = HMACSHA256(key: context.secrets.writerKeys.chunkID)
    let ids = Self.contents.map { content in
      ChunkID(content.withUnsafeBytes { hasher.authenticate(prefix: ChunkKind.data.rawValue, $0) })
    }
    var stored = Self.contents
    stored[2] = Array("THIRD ".utf8)
    let writer = try PackWriter(kind: .data, context: context)
    let framed = zip(ids, stored).map { FramedChunk(id: $0, kind: .data, length: $1.count) }
    try Array(stored.joined()).withUnsafeBytes { bytes in
      try writer.append(PreparedFrame(chunks: framed, codec: .stored, rawLength: bytes.count, stored: bytes))
    }
    let segment = IndexSegment(packs: [try writer.finish()])
    #expect(try context.publish(segment, as: SegmentID(session: SnapshotID(high: 0, low: 1), number: 1)))
    try sample.repository.refreshIndex()
    let reader = try sample.repository.reading(to: "read").chunkReader()
    self.reader = reader
    chunks = try ids.map { ($0, try reader.place(of: $0, kind: .data)) }
  }

  private func lend(_ numbers: [Int]) throws -> (count: Int, text: String) {
    var text = ""
    let count = try reader.withChunks(numbers.map { chunks[$0] }, kind: .data) {
      text = String(decoding: $0, as: UTF8.self)
    }
    return (count, text)
  }

  @Test("Those that follow one another in their frame come together, once they were prepared")
  func together() throws {
    #expect(try lend([0, 1]) == (1, "first "))
    reader.prepare(chunks, kind: .data)
    #expect(try lend([0, 1]) == (2, "first second "))
    #expect(try lend([1]) == (1, "second "))
    #expect(try lend([0, 3]) == (1, "first "))
    #expect(try lend([1, 0]) == (1, "second "))
    #expect(try lend([]) == (0, ""))
  }

  @Test("One that is not what its id says is never among them")
  func forged() throws {
    reader.prepare(chunks, kind: .data)
    #expect(try lend([0, 1, 2, 3]) == (2, "first second "))
    let error = #expect(throws: RepositoryError.self) { try lend([2, 3]) }
    #expect(error?.code == .damaged)
    #expect(try lend([3]) == (1, "fourth "))
  }

  @Test("One that is asked for at the place of another is not taken for it")
  func swapped() throws {
    reader.prepare(chunks, kind: .data)
    let swapped: [Chunk] = [(chunks[1].id, chunks[0].place), (chunks[0].id, chunks[1].place)]
    var text = ""
    _ = try reader.withChunks(swapped, kind: .data) { text = String(decoding: $0, as: UTF8.self) }
    #expect(text == "second ")
  }
}
