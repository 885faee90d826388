import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import Testing

@Suite("Gathering packs for a segment")
struct SegmentBuilderTests {
  @Test("A segment never gets longer than it may be, and a pack that fits into none is refused")
  func limit() throws {
    let sample = try SampleRepository()
    try sample.backUp(["d/a": [1, 2, 3]])
    var packs: [PackDescription] = []
    try sample.repository.index.forEachPack { pack, _ in packs.append(pack) }
    let pack = try #require(packs.first)
    let length = IndexSegment(packs: [pack]).encode().count
    for limit in [length - 1, length, 2 * length - 2, 2 * length, 3 * length] {
      var builder = SegmentBuilder(lengthLimit: limit)
      var count = 0
      while builder.hasRoom(for: pack) {
        builder.append(pack)
        count += 1
      }
      #expect(count == limit / length)
      #expect(builder.isEmpty == (count == 0))
      let segment = builder.take()
      #expect(segment.packs.count == count && segment.encode().count <= limit)
      #expect(builder.isEmpty && builder.hasRoom(for: pack) == (count > 0))
    }
  }

  @Test("It is full when enough chunks are gathered")
  func full() throws {
    var directory = PackDirectory()
    let id = ChunkID([UInt8](repeating: 1, count: 32).withUnsafeBytes { Digest256($0) })
    let chunks = repeatElement((id: id, kind: ChunkKind.data, length: 1), count: SegmentBuilder.chunkTarget / 2)
    directory.appendFrame(sealedLength: 100, codec: .stored, chunks: chunks)
    let pack = PackDescription(
      id: PackID(id.digest), length: 1 << 20, kind: .data, ephemeralKey: id.digest, commitment: id.digest,
      directory: directory)
    var builder = SegmentBuilder()
    builder.append(pack)
    #expect(!builder.isFull)
    builder.append(pack)
    #expect(builder.isFull)
    _ = builder.take()
    #expect(!builder.isFull)
  }
}
