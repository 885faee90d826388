import Backend
import BackendTestSupport
import Cryptography
import Format
import RepositoryFixture
import TestSupport
import Testing

@testable import Repository

@Suite("Frames that are read at once")
struct FrameRunTests {
  private let sample: SampleRepository
  private let faulty: FaultyBackend
  private let reader: ChunkReader
  private let chunks: [(id: ChunkID, place: ChunkPlace)]
  private let pack: PackDescription

  /// A pack of four frames of 800 kB, each with one chunk.
  init() throws {
    sample = try SampleRepository()
    let context = sample.repository.context
    var random = SeededGenerator(seed: 4)
    var hasher = HMACSHA256(key: context.secrets.writerKeys.chunkID)
    let writer = try PackWriter(kind: .data, context: context)
    var ids: [ChunkID] = []
    for _ in 0..<4 {
      try random.bytes(800_000).withUnsafeBytes { bytes in
        let id = ChunkID(hasher.authenticate(prefix: ChunkKind.data.rawValue, bytes))
        let chunk = FramedChunk(id: id, kind: .data, length: bytes.count)
        try writer.append(PreparedFrame(chunks: [chunk], codec: .stored, rawLength: bytes.count, stored: bytes))
        ids.append(id)
      }
    }
    pack = try writer.finish()
    let segment = IndexSegment(packs: [pack])
    #expect(try context.publish(segment, as: SegmentID(session: SnapshotID(high: 0, low: 1), number: 1)))
    faulty = FaultyBackend(sample.backend)
    let repository = try sample.repository.reopened(on: faulty)
    try repository.refreshIndex()
    let reader = try repository.reading(to: "read").chunkReader()
    self.reader = reader
    chunks = try ids.map { ($0, try reader.place(of: $0, kind: .data)) }
  }

  private func read(_ number: Int) throws(RepositoryError) -> Int {
    try reader.withChunk(chunks[number].id, kind: .data, at: chunks[number].place) { $0.count }
  }

  @Test("are as many as are worth a round trip, and lie close to one another")
  func runs() throws {
    let places = chunks.map(\.place)
    let first = try #require(reader.firstRun(of: places))
    #expect(first.count == 2)
    let gap = try #require(reader.firstRun(of: [places[0], places[2]]))
    #expect(gap.count == 1)
    #expect(
      try #require(reader.firstRun(of: [places[1], places[1], places[2]])).count == 1, "places are of different frames")
    #expect(reader.firstRun(of: []) == nil)
    // Whoever serves them learns only which blocks are read.
    #expect(first.run.range.lowerBound % FrameReader.blockLength == 0)
    #expect(first.run.range.upperBound % FrameReader.blockLength == 0)
    let last = try #require(reader.firstRun(of: [places[3]]))
    #expect(last.run.range.upperBound <= Int(pack.length))
  }

  @Test("take one read")
  func oneRead() throws {
    let before = faulty.calls(of: .read)
    reader.begin(try #require(reader.firstRun(of: chunks.map(\.place))).run)
    for number in 0..<2 { #expect(try read(number) == 800_000) }
    #expect(faulty.calls(of: .read) == before + 1)
    #expect(try read(2) == 800_000)
    #expect(faulty.calls(of: .read) == before + 2)
  }

  @Test("don't take one another along when a part of them is gone, or can't be read")
  func damage() throws {
    let run = try #require(reader.firstRun(of: chunks.map(\.place))).run
    reader.begin(run)
    faulty.inject(.fail(.io), into: .read)
    #expect(try read(0) == 800_000)
    sample.backend.damage(try .pack(pack.id)) { $0 = $0.map { Array($0.prefix(1_200_000)) } }
    reader.begin(run)
    let error = #expect(throws: RepositoryError.self) { _ = try read(1) }
    #expect(error?.code == .damaged)
    // Another reader has nothing in memory.
    let other = try sample.repository.reading(to: "read").chunkReader()
    other.begin(run)
    #expect(try other.withChunk(chunks[0].id, kind: .data) { $0.count } == 800_000)
  }
}
