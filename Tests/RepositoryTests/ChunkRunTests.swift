import Cryptography
import Format
import LMDB
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Runs of the cached index")
struct ChunkRunTests {
  private let caches = TemporaryDirectory(inMemory: true)
  private let store: IndexStore

  init() throws { store = IndexStore(cache: try Cache(path: caches.path)) }

  @Test("Whatever is merged, every chunk is found in all places where it is, and nowhere else", arguments: 1...3)
  func againstModel(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let ids = (0..<20_000).map { _ in ChunkID(random.digest()) }
    let common = ids[0]
    let misses = (0..<50).map { _ in ChunkID(random.digest()) }
    var model: [SegmentID: PackDescription] = [:]
    var shapes: Set<Int> = []
    for (step, count) in [18_000, 3, 400, 17_000, 1, 36_000, 900, 17_500, 0, 2_000].enumerated() {
      // One chunk is in the pack so often that its entries fill blocks.
      let chunks = (0..<count).map { $0 % 40 == 7 ? common : ids[Int.random(in: 0..<ids.count, using: &random)] }
      let pack = pack(of: chunks, using: &random)
      let id = SegmentID(session: SnapshotID.random(using: &random), number: 1)
      try store.insert(IndexSegment(packs: [pack]), id: id)
      model[id] = pack
      if step % 3 == 2, let gone = model.keys.sorted().randomElement(using: &random) {
        try store.remove(gone)
        model[gone] = nil
      }
      shapes.insert(try runs().count)
      let context = "seed \(seed), step \(step)"
      var places: [ChunkID: Int] = [:]
      for pack in model.values { for chunk in pack.directory.chunks { places[chunk.id, default: 0] += 1 } }
      let reader = try store.reader()
      for id in ids.prefix(300) + ids.suffix(300) + misses {
        #expect(try reader.locations(of: id).count == places[id, default: 0], "\(context)")
        #expect(try reader.contains(id) == (places[id] != nil), "\(context)")
      }
      let total = places.values.reduce(0, +)
      #expect(
        try store.hasCounts(segments: Set(model.keys), packs: model.count, chunks: total) == true, "\(context)")
      #expect(try store.duplicateCount() == total - places.count, "\(context)")
      for (id, pack) in model {
        #expect(try store.holds(IndexSegment(packs: [pack]), id: id, except: []), "\(context)")
      }
    }
    #expect(shapes.contains { $0 > 1 } && shapes.allSatisfy { $0 < 6 }, "seed \(seed): \(shapes)")
  }

  @Test("Each run is larger than those after it together, but for small ones, and what goes is written again in time")
  func shape() throws {
    var random = SeededGenerator(seed: 4)
    var segments: [SegmentID] = []
    for _ in 0..<12 {
      let pack = pack(of: (0..<6_000).map { _ in ChunkID(random.digest()) }, using: &random)
      segments.append(SegmentID(session: SnapshotID.random(using: &random), number: 1))
      try store.insert(IndexSegment(packs: [pack]), id: segments[segments.count - 1])
      let counts = try runs().map(\.count)
      for (index, count) in counts.enumerated().dropLast() {
        #expect(count >= counts[(index + 1)...].reduce(0, +), "\(counts)")
      }
    }
    for id in segments.dropFirst(2) { try store.remove(id) }
    let counts = try runs().map(\.count)
    #expect(counts.reduce(0, +) <= 16_000, "\(counts)")
    for id in segments.prefix(2) { try store.remove(id) }
    #expect(try runs() == [])
  }

  @Test("Chunks that are asked for as they were stored are found in all places too", arguments: 1...4)
  func neighbours(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var packs: [[ChunkID]] = []
    var segments: [SegmentID] = []
    /// Stores a pack of new chunks, and of some that were stored before, by themselves or with what followed them.
    func store(_ count: Int) throws {
      var ids: [ChunkID] = []
      while ids.count < count {
        if let old = packs.randomElement(using: &random), Int.random(in: 0..<40, using: &random) == 0 {
          ids += old[Int.random(in: 0..<old.count, using: &random)...].prefix(Int.random(in: 1...4, using: &random))
        } else {
          ids.append(ChunkID(random.digest()))
        }
      }
      packs.append(ids)
      segments.append(SegmentID(session: SnapshotID.random(using: &random), number: 1))
      try self.store.insert(IndexSegment(packs: [pack(of: ids, using: &random)]), id: segments[segments.count - 1])
    }
    for count in [900, 1, 400] { try store(count) }
    let reader = try self.store.reader()
    try reader.expectNeighbours()
    let other = try self.store.reader()
    for step in 0..<6 {
      var found = FoundLocations()
      for ids in packs.shuffled(using: &random) {
        try reader.locate(ids.map { ChunkReference(id: $0, kind: .data) }, into: &found)
        for (index, id) in ids.enumerated() {
          #expect(try found[index].elementsEqual(other.locations(of: id)), "seed \(seed), step \(step)")
        }
      }
      // Others add to the cached index and remove from it meanwhile.
      if step == 2 { try self.store.remove(segments[0]) }
      if step >= 3 { try store(300) }
    }
  }

  @Test("An id that only begins like another one, or is of another kind, is found nowhere")
  func sameBeginning() throws {
    var random = SeededGenerator(seed: 6)
    let bytes = random.bytes(32)
    let id = bytes.withUnsafeBytes { ChunkID(Digest256($0)) }
    let alike = (bytes.prefix(16) + random.bytes(16)).withUnsafeBytes { ChunkID(Digest256($0)) }
    let unknown = (bytes.prefix(16) + random.bytes(16)).withUnsafeBytes { ChunkID(Digest256($0)) }
    for chunk in [alike, id] {
      let segment = SegmentID(session: SnapshotID.random(using: &random), number: 1)
      try store.insert(IndexSegment(packs: [pack(of: [chunk], using: &random)]), id: segment)
    }
    let reader = try store.reader()
    var found = FoundLocations()
    try reader.locate([alike, id, unknown].map { ChunkReference(id: $0, kind: .data) }, into: &found)
    #expect((0..<3).map { found[$0].count } == [1, 1, 0])
    #expect(found[0].first != found[1].first)
    #expect(try reader.contains(id) && !reader.contains(unknown))
    #expect(try reader.locations(of: id, kind: .tree) == [])
    #expect(try reader.places(of: id, kind: .data).count == 1)
  }

  @Test("A cache of another version is made anew")
  func otherVersion() throws {
    let backend = try SampleRepository.filled().backend
    func open() throws -> Repository {
      try Repository.open(backend, password: SampleRepository.password, cacheDirectory: caches.path)
    }
    do {
      let repository = try open()
      try repository.refreshIndex()
      let cache = repository.cache
      try cache.environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        try transaction.put(1, for: Array("version".utf8), cache.tables)
      }
    }
    let repository = try open()
    #expect(try repository.index.segments() == [])
    try repository.refreshIndex()
    #expect(try !repository.check(CheckOptions(data: .all, repairs: false, threads: 2)).hasErrors)
  }

  private func runs() throws -> [ChunkRun] {
    try store.environment.read { (transaction) throws(LMDBError) in try transaction.chunkRuns(store.tables) }
  }

  private func pack(of ids: [ChunkID], using random: inout SeededGenerator) -> PackDescription {
    var directory = PackDirectory()
    for first in stride(from: 0, to: ids.count, by: 5_000) {
      let chunks = ids[first..<min(first + 5_000, ids.count)]
      directory.appendFrame(
        sealedLength: chunks.count + 16, codec: .stored, chunks: chunks.map { (id: $0, kind: .data, length: 1) })
    }
    return PackDescription(
      id: PackID(random.digest()), length: 8 << 20, kind: .data, ephemeralKey: random.digest(),
      commitment: random.digest(), directory: directory)
  }
}
