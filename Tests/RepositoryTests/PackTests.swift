import Backend
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Packs")
struct PackTests {
  private func roundTrip(_ chunks: [[UInt8]], _ sample: SampleRepository) throws -> [PackDescription] {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let ids = try chunks.map { chunk in try chunk.withUnsafeBytes { try writer.store($0, kind: .data).id } }
    try writer.flush()
    try session.finish()
    let reader = try sample.repository.reading(to: "read").chunkReader()
    for (id, chunk) in zip(ids, chunks) {
      #expect(try reader.withChunk(id, kind: .data) { $0.elementsEqual(chunk) })
    }
    let segments = try sample.repository.context.listSegments()
    return try segments.flatMap { try sample.repository.context.segment($0).packs }
  }

  @Test("Chunks come back as they were: compressible, random, of one byte and of the greatest length")
  func contents() throws {
    var random = SeededGenerator(seed: 3)
    let sample = try SampleRepository()
    let chunks: [[UInt8]] = [
      [0], [UInt8](repeating: 5, count: 100_000), random.bytes(50_000), random.bytes(1),
      [UInt8](repeating: 1, count: Limits.chunkLength), Array("text ".utf8),
    ]
    let packs = try roundTrip(chunks, sample)
    let codecs = Set(packs.flatMap(\.directory.frames).map(\.codec))
    #expect(codecs == [.stored, .zstd])
  }

  @Test("A header that commits to another key than its own is refused")
  func commitment() throws {
    let sample = try SampleRepository()
    let packs = try roundTrip([[1, 2, 3], [4, 5, 6]], sample)
    let privateKey = try sample.repository.context.privateKey(to: "read")
    let header = try #require(packs.first).header(in: sample.repository.context.configuration.repository)
    _ = try PackKey.open(header, privateKey: privateKey)
    var bytes = header.commitment.withUnsafeBytes { Array($0) }
    bytes[31] ^= 1
    let forged = PackHeader(
      kind: header.kind, repository: header.repository, ephemeralKey: header.ephemeralKey,
      commitment: bytes.withUnsafeBytes { Digest256($0) })
    let error = #expect(throws: CryptographyError.self) { try PackKey.open(forged, privateKey: privateKey) }
    #expect(error?.code == .authenticationFailed)
  }

  @Test("Many tiny chunks share frames, and no frame holds more than the writer's limit")
  func tiny() throws {
    let sample = try SampleRepository { parameters in
      parameters.frameTarget = 512 << 10
      parameters.packTarget = 64 << 20
    }
    let chunks = (0..<70_000).map { index in withUnsafeBytes(of: UInt32(index)) { Array($0) } }
    let packs = try roundTrip(chunks, sample)
    let frames = packs.flatMap(\.directory.frames)
    #expect(frames.count == 2)
    #expect(frames.map(\.chunkCount).max() == 1 << 16)
    #expect(packs.flatMap(\.directory.chunks).count == 70_000)
  }

  @Test("Packs have padded lengths, stay within the target, and are named by their bytes' hash")
  func lengths() throws {
    var random = SeededGenerator(seed: 4)
    let sample = try SampleRepository()
    let packs = try roundTrip((0..<200).map { _ in random.bytes(4096) }, sample)
    #expect(packs.count > 10)
    for pack in packs {
      #expect(PackLength.padded(Int(pack.length)) == Int(pack.length))
      #expect(pack.directory.frames.count == 1 || pack.length <= 64 << 10)
      let name = try #require(sample.names(.packs).first { $0.name == pack.id.hex })
      #expect(try sample.backend.size(of: name) == pack.length)
      let described = try sample.repository.context.describe(ListedPack(id: pack.id, length: pack.length))
      #expect(described == pack)
    }
  }

  @Test("A chunk of another kind is another chunk")
  func kinds() throws {
    let sample = try SampleRepository()
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let outcomes = try ChunkKind.allCases.map { kind in
      try [UInt8](repeating: 1, count: 9).withUnsafeBytes { try writer.store($0, kind: kind) }
    }
    #expect(Set(outcomes.map(\.id)).count == 3 && outcomes.allSatisfy(\.isNew))
    try writer.flush()
    try session.finish()
    #expect(sample.names(.packs).count == 2)
    let reader = try sample.repository.reading(to: "read").chunkReader()
    #expect(throws: RepositoryError.self) { try reader.place(of: outcomes[0].id, kind: .tree) }
  }

  @Test("Chunks that were prepared together come back as they were, and none under another's id or kind")
  func prepared() throws {
    var random = SeededGenerator(seed: 6)
    let sample = try SampleRepository()
    let contents = (0..<5).map { random.bytes(500 + 500 * $0) }
    _ = try roundTrip(contents, sample)
    let reader = try sample.repository.reading(to: "read").chunkReader()
    let ids = contents.map { content in content.withUnsafeBytes { reader.identify($0, kind: .data) } }
    let places = try ids.map { try reader.place(of: $0, kind: .data) }
    #expect(Set(places.map(\.frameKey)).count == 1)
    reader.prepare(Array(zip(ids, places)), kind: .data)
    for (content, (id, place)) in zip(contents, zip(ids, places)) {
      #expect(try reader.withChunk(id, kind: .data, at: place) { $0.elementsEqual(content) })
      #expect(throws: RepositoryError.self) { try reader.withChunk(id, kind: .tree, at: place) { _ in } }
    }

    // Each id with the next one's place: the bytes there are not believed, and the index leads to the right ones.
    let shifted = Array(zip(ids, places.dropFirst()))
    reader.prepare(shifted, kind: .data)
    for (content, (id, place)) in zip(contents, shifted) {
      #expect(try reader.withChunk(id, kind: .data, at: place) { $0.elementsEqual(content) })
    }
  }
}
