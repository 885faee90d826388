import Cryptography
import Format
import LMDB
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Cached index")
struct IndexPropertyTests {
  @Test("After any insertions and removals of segments the index holds what the remaining ones say", arguments: 1...8)
  func againstModel(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let caches = TemporaryDirectory(inMemory: true)
    let store = IndexStore(cache: try Cache(path: caches.path))
    let reader = try store.reader()
    let ids = (0..<40).map { _ in ChunkID(random.digest()) }
    let packs = (0..<12).map { _ in pack(of: ids, using: &random) }
    var model: [SegmentID: IndexSegment] = [:]
    for step in 0..<120 {
      if Bool.random(using: &random) || model.isEmpty {
        let chosen = packs.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
        let id = SegmentID(session: SnapshotID.random(using: &random), number: 1)
        model[id] = IndexSegment(packs: Array(chosen))
        try store.insert(IndexSegment(packs: Array(chosen)), id: id)
        // A second insertion changes nothing.
        try store.insert(IndexSegment(packs: Array(chosen)), id: id)
      } else if let id = model.keys.sorted().randomElement(using: &random) {
        model[id] = nil
        try store.remove(id)
        try store.remove(id)
      }
      #expect(try store.segments() == Set(model.keys), "seed \(seed), step \(step)")
      let live = Dictionary(model.values.flatMap(\.packs).map { ($0.id, $0) }) { first, _ in first }
      let condemned = Set(live.keys.sorted().prefix(2))
      let choosy = try store.reader(condemned: condemned)
      for id in ids {
        let holders = live.values.filter { $0.directory.chunks.contains { $0.id == id } }
        let expected = holders.reduce(0) { $0 + $1.directory.chunks.count { $0.id == id } }
        #expect(try reader.locations(of: id).count == expected, "seed \(seed), step \(step)")
        #expect(try reader.contains(id) == (expected > 0), "seed \(seed), step \(step)")
        let allowed = holders.contains { !condemned.contains($0.id) }
        #expect(try choosy.contains(id) == allowed, "seed \(seed), step \(step)")
      }
      for pack in packs { #expect(try store.description(of: pack.id) == live[pack.id], "seed \(seed), step \(step)") }
      let chunks = live.values.reduce(0) { $0 + $1.directory.chunks.count }
      #expect(try store.hasCounts(segments: Set(model.keys), packs: live.count, chunks: chunks) == true)
      #expect(try store.hasCounts(segments: [], packs: live.count, chunks: chunks) == (model.isEmpty ? true : nil))
    }
  }

  @Test("The cache grows past its first map while readers are in use")
  func growth() throws {
    let sample = try SampleRepository()
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    // A look-up that leaves its view open would make this wait until the map's patience ends, and then fail.
    _ = try [UInt8(1)].withUnsafeBytes { try writer.store($0, kind: .data) }
    let cache = sample.repository.cache
    let value = [UInt8](repeating: 0, count: 300 << 20)
    try cache.environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
      try value.withBytes { (value) throws(LMDBError) in
        try [UInt8(1)].withBytes { (key) throws(LMDBError) in
          _ = try transaction.put(value, for: key, in: cache.tables.trees)
        }
      }
    }
    try writer.flush()
    try session.finish()
  }

  private func pack(of ids: [ChunkID], using random: inout SeededGenerator) -> PackDescription {
    var directory = PackDirectory()
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let chunks = ids.shuffled(using: &random).prefix(Int.random(in: 1...5, using: &random))
      directory.appendFrame(
        sealedLength: chunks.count * 10 + 16, codec: .stored,
        chunks: chunks.map { (id: $0, kind: .data, length: 10) })
    }
    return PackDescription(
      id: PackID(random.digest()), length: 1 << 20, kind: .data, ephemeralKey: random.digest(),
      commitment: random.digest(), directory: directory)
  }
}

extension SeededGenerator {
  mutating func digest() -> Digest256 { bytes(32).withUnsafeBytes { Digest256($0) } }
}
