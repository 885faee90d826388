import Backend
import BackendTestSupport
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Prune")
struct PruneTests {
  let fixture: PruneFixture
  var sample: SampleRepository { fixture.sample }

  init() throws { fixture = try PruneFixture() }

  @Test("What no snapshot needs is removed, and nothing else")
  func dead() throws {
    let kept = fixture.files(["a", "b"])
    let first = try sample.backUp(kept.merging(fixture.files(["c", "d"], 40_000)) { $1 })
    let second = try sample.backUp(kept.merging(fixture.files(["e"])) { $1 }, sequence: 2)
    try fixture.verify()
    let before = fixture.packBytes
    try fixture.forget(first)
    let report = try fixture.prune()
    #expect(report.removed.bytes > 60_000)
    #expect(report.waitingFor.isEmpty)
    #expect(report.unusedBytes == 0)
    #expect(fixture.packBytes == before - Int(report.freedBytes))
    try fixture.verify()
    #expect(sample.names(.tombstones).isEmpty)
    #expect(sample.names(.intents).isEmpty)
    // What is left is what a repository made from the kept snapshot would have, but for padding.
    let fresh = try PruneFixture()
    try fresh.sample.backUp(try #require(sample.files[second]))
    #expect(fixture.packBytes < fresh.packBytes + fresh.packBytes / 10)
    let again = try fixture.prune()
    #expect(again.removed.count == 0)
    #expect(again.written.count == 0)
  }

  @Test(
    "A snapshot that the storage withholds is not taken for forgotten where that shows",
    arguments: [(true, false), (false, true)])
  func withheld(fromListings: Bool, fromReads: Bool) throws {
    let first = try sample.backUp(fixture.files(["a", "b"], 40_000))
    try sample.backUp(fixture.files(["c"]), sequence: 2)
    let faulty = FaultyBackend(fixture.backend)
    let repository = try sample.repository.reopened(on: faulty)
    // This client knows both.
    #expect(try repository.snapshots().snapshots.count == 2)
    let name: ObjectName = try .snapshot(first)
    faulty.withhold(fromListings: fromListings ? [name] : [], fromReads: fromReads ? [name] : [])
    // Whoever lists them in between doesn't take it for forgotten either.
    _ = try repository.snapshots()
    let error = #expect(throws: RepositoryError.self) { try fixture.prune(repository: repository) }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains(first.hex) == true)
    try fixture.verify()
    // One that is withheld from both looks forgotten, and one that was forgotten is in nobody's way.
    faulty.withhold()
    try fixture.forget(first)
    #expect(try fixture.prune(repository: repository).removed.bytes > 60_000)
    try fixture.verify()
  }

  @Test("A dry run changes nothing and says what would be removed")
  func dryRun() throws {
    let first = try sample.backUp(fixture.files(["a", "b"], 40_000))
    try sample.backUp(fixture.files(["c"]), sequence: 2)
    try fixture.forget(first)
    let before = fixture.backend.contents
    var options = PruneFixture.thorough
    options.rehearsal = []
    #expect(try fixture.prune(options).dead.count > 0)
    #expect(fixture.backend.contents == before)
  }

  @Test("A dry run tells what would be freed if snapshots were forgotten, and it is freed when they are")
  func rehearsal() throws {
    let kept = fixture.files(["k"])
    let first = try sample.backUp(kept.merging(fixture.files(["a", "b"], 40_000)) { $1 })
    try sample.backUp(kept, sequence: 2)
    let before = fixture.backend.contents
    var options = PruneFixture.thorough
    options.rehearsal = []
    #expect(try fixture.prune(options).freedBytes == 0)
    options.rehearsal = [first]
    let expected = try fixture.prune(options)
    #expect(fixture.backend.contents == before)
    try fixture.forget(first)
    let freed = try fixture.prune().freedBytes
    #expect(expected.snapshots == 1 && freed > 80_000)
    #expect(abs(expected.freedBytes - freed) < freed / 10, "\(expected.freedBytes) and \(freed)")
  }

  @Test("Without snapshots everything goes but the last sweep record")
  func nothingNeeded() throws {
    try fixture.forget(try sample.backUp(fixture.files(["a", "b"])))
    try fixture.prune()
    #expect(sample.names(.packs).isEmpty)
    #expect(sample.names(.index).isEmpty)
    #expect(sample.names(.sweeps).map(\.name) == [PackSet.objectName(number: 1)])
    try fixture.forget(try sample.backUp(fixture.files(["a", "b"]), sequence: 2))
    try fixture.prune()
    #expect(sample.names(.sweeps).map(\.name) == [PackSet.objectName(number: 2)])
  }

  @Test("Unused bytes within the limit stay, and nothing is written for them")
  func limit() throws {
    let kept = fixture.files((0..<20).map { "k\($0)" })
    let first = try sample.backUp(kept.merging(fixture.files(["c"], 3_000)) { $1 })
    try sample.backUp(kept, sequence: 2)
    try fixture.forget(first)
    var options = PruneFixture.thorough
    options.unused = .percentage(20)
    let report = try fixture.prune(options)
    #expect(report.written.count == 0)
    #expect(report.unusedBytes > 0)
    #expect(try fixture.prune().written.count > 0)
    try fixture.verify()
  }

  @Test("A write key can't prune")
  func writeKey() throws {
    _ = try sample.repository.addKey(
      .write, password: SampleRepository.writePassword, label: KeySlotLabel(label: "", host: "h", user: "u"),
      cost: .least, now: SampleRepository.time)
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try Repository.open(
      sample.backend, password: SampleRepository.writePassword, cacheDirectory: caches.path)
    let before = sample.backend.contents
    #expect(throws: RepositoryError.self) { try fixture.prune(repository: writer) }
    #expect(sample.backend.contents == before)
  }

  @Test("Nothing is removed while something that a snapshot needs can't be had", arguments: ["snapshot", "pack"])
  func damaged(_ what: String) throws {
    let first = try sample.backUp(fixture.files(["a"], 40_000))
    let second = try sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    try fixture.forget(first)
    if what == "snapshot" {
      sample.backend.damage(try .snapshot(second)) { $0?[70] ^= 1 }
    } else {
      let repository = sample.repository
      let reader = try repository.reading(to: "test").chunkReader()
      let root = try #require(try repository.snapshots().snapshots.first?.roots.first)
      let place = try reader.place(of: root.tree, kind: .tree)
      let pack = try #require(try PackTable(index: repository.index).pack(place.pack))
      try sample.backend.delete(.pack(pack.id))
    }
    let packs = sample.names(.packs)
    #expect(throws: RepositoryError.self) { try fixture.prune() }
    #expect(sample.names(.packs) == packs)
    #expect(sample.names(.tombstones).isEmpty)
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("Of a chunk that is stored twice the copy that can be read stays")
  func unreadableCopy() throws {
    let files = fixture.files(["a"], 3_000)
    try sample.backUp(files)
    // Somebody with a write key files other bytes under the same ids, in a pack that comes first in the index.
    let segment = IndexSegment(packs: [try rubbish(filedAs: try #require(try fixture.packs(.data).first))])
    var random = SystemRandomNumberGenerator()
    // Session ids decide the order in which a new cache numbers packs.
    for session in [SnapshotID(high: 0, low: 1), SnapshotID(high: .max, low: random.next())] {
      _ = try sample.repository.context.publish(segment, as: SegmentID(session: session, number: 1))
    }
    let caches = TemporaryDirectory(inMemory: true)
    let other = try Repository.open(sample.backend, password: SampleRepository.password, cacheDirectory: caches.path)
    #expect(try fixture.prune(repository: other).removed.count == 1)
    try fixture.verify()
  }

  /// A segment that comes first in the index of a new client.
  private func publishFirst(_ packs: [PackDescription]) throws {
    let id = SegmentID(session: SnapshotID(high: 0, low: 1), number: 1)
    #expect(try sample.repository.context.publish(IndexSegment(packs: packs), as: id))
  }

  @Test(
    "A pack stays as it is while the index says something else of it than the pack itself", arguments: [false, true])
  func falseDescription(isInOtherOrder: Bool) throws {
    let kept = fixture.files(["b", "c"], 10_000)
    let first = try sample.backUp(kept.merging(fixture.files(["a"], 10_000)) { $1 })
    try sample.backUp(kept, sequence: 2)
    if isInOtherOrder { try fixture.forget(first) }
    let file = try #require(kept["d/b"])
    let honest = try #require(try fixture.packs(ofFirstChunkOf: file).first)
    var ids = honest.directory.chunks.map(\.id)
    var planted: [PackDescription] = []
    if isInOtherOrder {
      // In a frame of which all is needed, so that it moves as it is.
      let frame = try #require(honest.directory.frames.last)
      let chunks = frame.chunkRange.filter { honest.directory.chunks[$0].length == 4096 }
      ids.swapAt(chunks[0], chunks[1])
    } else {
      planted.append(try rubbish(filedAs: honest))
      ids = ids.map { _ in ChunkID(fixture.noise(32).withUnsafeBytes { Digest256($0) }) }
    }
    var described = honest
    described.directory = PackDirectory()
    for frame in honest.directory.frames {
      described.directory.appendFrame(
        sealedLength: Int(frame.sealedLength), codec: frame.codec,
        chunks: frame.chunkRange.map {
          (id: ids[$0], kind: ChunkKind.data, length: Int(honest.directory.chunks[$0].length))
        })
    }
    let before = try fixture.readable()
    try publishFirst([described] + planted)
    let client = try fixture.newcomer()
    let report = try fixture.prune(repository: client.repository)
    #expect(report.warnings.contains { "\($0)".contains(honest.id.hex) && "\($0)".contains("repair index --read-all") })
    #expect(report.written.count == 0)
    #expect(sample.names(.packs).contains(try .pack(honest.id)))
    _ = try client.repository.repairIndex(readsAll: true, by: PruneFixture.owner, watch: PruneFixture.watch())
    #expect(try fixture.prune(repository: client.repository).warnings.isEmpty)
    #expect(try fixture.readable() == before)
  }

  /// A pack of other bytes under the ids of a pack's chunks.
  private func rubbish(filedAs pack: PackDescription) throws -> PackDescription {
    let writer = try PackWriter(kind: .data, context: sample.repository.context)
    for frame in pack.directory.frames {
      let chunks = pack.directory.chunks[frame.chunkRange].map {
        FramedChunk(id: $0.id, kind: $0.kind, length: Int($0.length))
      }
      try [UInt8](repeating: 7, count: Int(frame.rawLength)).withUnsafeBytes { bytes in
        try writer.append(PreparedFrame(chunks: chunks, codec: .stored, rawLength: bytes.count, stored: bytes))
      }
    }
    return try writer.finish()
  }

  @Test(
    "On a full disk a prune gives the reserve free before it writes anything, and sets it aside again however it ends",
    arguments: ["done", "waits", "damaged"])
  func fullDisk(_ end: String) throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    let snapshot = try sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    if end == "waits" {
      _ = try sample.begin()
      #expect(try fixture.prune().waitingFor.count == 1)
    }
    if end == "damaged" { sample.backend.damage(try .snapshot(snapshot)) { $0?[70] ^= 1 } }
    let contents = sample.backend.contents
    let capacity = bytes(of: contents) + Repository.reserve
    let full = InMemoryBackend(contents: contents, capacity: capacity)
    try full.setReserve(Repository.reserve)
    let caches = TemporaryDirectory(inMemory: true)
    let repository = try Repository.open(full, password: SampleRepository.password, cacheDirectory: caches.path)
    var report: PruneReport?
    do { report = try fixture.prune(repository: repository) } catch { #expect(error.code == .damaged, "\(error)") }
    switch end {
    case "done": #expect(report?.removed.count ?? 0 > 0)
    case "waits": #expect(report?.waitingFor.count == 1)
    default: #expect(report == nil)
    }
    #expect(try full.freeSpace() == capacity - bytes(of: full.contents) - Repository.reserve)
  }

  @Test("On a full disk a prune writes again what there is room for, and goes on in the room that this makes")
  func fullDiskInTurns() throws {
    let fixture = try PruneFixture(packTarget: 8 << 20)
    var files: [String: [UInt8]] = [:]
    for number in 1...12 {
      // Of each pack a part is needed; together they are more than the reserve.
      files.merge(fixture.files(["kept\(number)"], 200_000)) { $1 }
      let others = fixture.files(["gone\(number)"], 300_000)
      let snapshot = try fixture.sample.backUp(files.merging(others) { $1 }, sequence: UInt64(number))
      if number < 12 { try fixture.forget(snapshot) }
    }
    let caches = TemporaryDirectory(inMemory: true)
    let (full, repository) = try fullDisk(with: fixture, caches)
    let packs = full.contents.keys.count { $0.area == .packs }
    let report = try fixture.prune(repository: repository)
    #expect(report.warnings.isEmpty && report.unusedBytes == 0, "\(report)")
    #expect(report.before.count == packs && report.freedBytes > 11 * 290_000, "\(report)")
    let snapshot = try #require(try repository.snapshots().snapshots.first)
    #expect(try repository.readAll(snapshot) == fixture.sample.files[snapshot.id])
    #expect(try !repository.check(CheckOptions(data: .all, threads: 1)).hasErrors)
    #expect(try fixture.prune(repository: repository).warnings.isEmpty)
  }

  @Test("On a disk that is full of what is needed a prune leaves small packs as they are, and says nothing")
  func fullDiskOfSmallPacks() throws {
    let fixture = try PruneFixture(packTarget: 8 << 20)
    var files: [String: [UInt8]] = [:]
    for number in 1...12 {
      files.merge(fixture.files(["\(number)"], 200_000)) { $1 }
      try fixture.sample.backUp(files, sequence: UInt64(number))
    }
    let caches = TemporaryDirectory(inMemory: true)
    let (_, repository) = try fullDisk(with: fixture, caches)
    let report = try fixture.prune(repository: repository)
    #expect(report.warnings.isEmpty && report.removed.bytes < 1 << 20, "\(report)")
  }

  /// The repository where it and the reserve leave no room.
  private func fullDisk(
    with fixture: PruneFixture, _ caches: TemporaryDirectory
  ) throws -> (InMemoryBackend, Repository) {
    let contents = fixture.backend.contents
    let full = InMemoryBackend(contents: contents, capacity: bytes(of: contents) + Repository.reserve)
    try full.setReserve(Repository.reserve)
    return (full, try Repository.open(full, password: SampleRepository.password, cacheDirectory: caches.path))
  }

  private func bytes(of contents: [ObjectName: [UInt8]]) -> UInt64 {
    contents.reduce(0) { $0 + UInt64($1.value.count) }
  }

  @Test("What is removed does not depend on what the cache says of snapshots")
  func cachedSnapshot() throws {
    let id = try sample.backUp(fixture.files(["a"], 40_000))
    try sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    var snapshot = try sample.repository.snapshots().snapshots[0]
    snapshot.roots = try sample.repository.snapshots().snapshots[1].roots
    let cache = SnapshotCache(cache: sample.repository.cache)
    let length = try #require(sample.backend.contents[ObjectName(.snapshots, id.hex)]).count
    let hash = try sample.repository.storedSnapshot(id).hash
    let record = SnapshotRecord(kind: .snapshot, length: UInt64(length), hash: hash, body: try snapshot.encode())
    try cache.update(removing: [], adding: [id.hex: record])
    try #require(try Set(sample.repository.snapshots().snapshots.map(\.roots[0].tree)).count == 1)
    #expect(try fixture.prune().removed.count == 0)
    try fixture.verify()
  }

  @Test("A reader finds what a prune has moved")
  func reader() throws {
    let kept = fixture.files((0..<8).map { "k\($0)" })
    let first = try sample.backUp(kept.merging(fixture.files(["c"], 20_000)) { $1 })
    let second = try sample.backUp(kept, sequence: 2)
    let caches = TemporaryDirectory(inMemory: true)
    let other = try Repository.open(sample.backend, password: SampleRepository.password, cacheDirectory: caches.path)
    try other.refreshIndex()
    let snapshot = try #require(try other.snapshots().snapshots.first { $0.id == second })
    try fixture.forget(first)
    #expect(try fixture.prune().repacked.count > 0)
    #expect(try other.readAll(snapshot) == kept)
  }

  @Test("Small packs and segments are put together when there are many")
  func small() throws {
    for number in 1...12 { try sample.backUp(fixture.files(["f\(number)"], 300), sequence: UInt64(number)) }
    let packs = sample.names(.packs).count
    try fixture.prune()
    #expect(sample.names(.packs).count < packs / 4)
    #expect(sample.names(.index).count <= 3)
    try fixture.verify()
  }
}
