import Backend
import BackendTestSupport
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Check")
struct CheckTests {
  let sample: SampleRepository

  init() throws { sample = try SampleRepository.filled() }

  private func check(
    _ data: CheckOptions.DataSelection = .none, _ repository: Repository? = nil
  ) throws -> CheckReport {
    try (repository ?? sample.repository).check(CheckOptions(data: data, threads: 2))
  }

  private func finding(_ code: CheckFinding.Code, in report: CheckReport) throws -> CheckFinding {
    try #require(report.findings.first { $0.code == code }, "\(report.findings)")
  }

  @Test("A sound repository has no errors and no warnings, and everything is counted")
  func sound() throws {
    let report = try check(.all)
    #expect(report.findings.allSatisfy { $0.severity == .note }, "\(report.findings)")
    #expect(report.findings.map(\.code) == [.unfinishedPrune])
    let counters = report.counters
    #expect(counters.snapshots == 2 && counters.segments == 2)
    #expect(counters.packs == sample.names(.packs).count && counters.packsRead == counters.packs)
    let bytes = try sample.names(.packs).reduce(UInt64(0)) { try $0 + sample.backend.size(of: $1) }
    #expect(counters.packBytes == bytes && counters.bytesRead == bytes)
    #expect(counters.trees == 9 && counters.references > 90, "\(counters)")
  }

  @Test("Without reading data no pack of data is read")
  func structureOnly() throws {
    #expect(try check().counters.bytesRead == 0)
  }

  @Test("What is named like no snapshot and no key slot is none, and keeps nobody from anything")
  func strayNames() throws {
    for area in [ObjectArea.snapshots, .keys, .intents, .tombstones, .sweeps] {
      try sample.backend.put(try ObjectName(area, "stray"), [1, 2])
    }
    let listing = try sample.repository.snapshots()
    #expect(listing.snapshots.count == 2 && listing.damaged.isEmpty)
    #expect(try sample.repository.keySlots().damaged.isEmpty)
    let report = try check()
    #expect(report.findings.allSatisfy { $0.severity == .note }, "\(report.findings)")
    #expect(
      report.findings.filter { $0.code == .foreign }.map(\.object).sorted()
        == ["intents/stray", "keys/stray", "snapshots/stray", "sweeps/stray", "tombstones/stray"])
  }

  @Test("A snapshot that this user may not read is no damage, and nothing goes on without it")
  func forbiddenSnapshot() throws {
    let faulty = FaultyBackend(sample.backend)
    let cache = TemporaryDirectory(inMemory: true)
    let repository = try Repository.open(faulty, password: SampleRepository.password, cacheDirectory: cache.path)
    let snapshot = try #require(sample.repository.snapshots().snapshots.first)
    faulty.inject(.fail(.permissionDenied), intoReadOf: try ObjectName(.snapshots, snapshot.id.hex))
    let error = #expect(throws: RepositoryError.self) { try repository.snapshots() }
    #expect((error?.cause as? BackendError)?.code == .permissionDenied)
  }

  @Test("A snapshot under another snapshot's name is damage")
  func swappedSnapshots() throws {
    let snapshots = try sample.repository.snapshots().snapshots
    let (first, second) = (try #require(snapshots.first), try #require(snapshots.last))
    // As whoever has a write key can seal it.
    let forged = try sample.repository.seal(.snapshot, name: first.id.hex, body: second.encode())
    sample.backend.damage(try ObjectName(.snapshots, first.id.hex)) { $0 = forged }
    let found = try finding(.snapshot, in: check())
    #expect(found.object == "snapshots/\(first.id)" && found.message.contains("says that its id is \(second.id)"))
  }

  @Test("A missing pack names the snapshots and paths that need it")
  func missingPack() throws {
    let packs = try sample.repository.context.listSegments().flatMap { try sample.repository.context.segment($0).packs }
    let pack = try #require(packs.first { $0.kind == .data && $0.directory.chunks.count > 3 })
    sample.backend.damage(try ObjectName(.packs, pack.id.hex)) { $0 = nil }
    let report = try check(.all)
    let missing = try finding(.packMissing, in: report)
    #expect(report.hasErrors && missing.object == "packs/\(pack.id)")
    #expect(missing.snapshotCount >= 1 && missing.pathCount >= 1, "\(missing)")
    #expect(missing.paths.allSatisfy { $0.hasPrefix("/data/") || $0.hasPrefix("/etc/") }, "\(missing)")
    #expect(!report.findings.contains { $0.code == .chunkMissing }, "\(report.findings)")
  }

  @Test("A damaged frame names the paths that its chunks belong to, only when data is read")
  func damagedFrame() throws {
    let packs = try sample.repository.context.listSegments().flatMap { try sample.repository.context.segment($0).packs }
    let pack = try #require(packs.first { $0.kind == .data && $0.directory.frames.count > 1 })
    sample.backend.damage(try ObjectName(.packs, pack.id.hex)) { $0?[Int(pack.directory.frames[1].offset) + 3] ^= 1 }
    #expect(try !check().hasErrors)
    let report = try check(.all)
    let damaged = try finding(.packDamaged, in: report)
    #expect(damaged.message.contains("1 of its \(pack.directory.frames.count) frames"), "\(damaged.message)")
    #expect(damaged.message.contains("frame 1"), "\(damaged.message)")
    #expect(damaged.pathCount >= 1 && damaged.snapshotCount >= 1, "\(damaged)")
  }

  @Test("A pack whose key the index gets wrong names what needs it, though that shows only when it is read")
  func wrongCommitment() throws {
    let context = sample.repository.context
    let segments = try context.listSegments()
    var packs = try segments.flatMap { try context.segment($0).packs }
    let place = try #require(packs.firstIndex { $0.kind == .data && $0.directory.chunks.count > 3 })
    packs[place].commitment = packs[place].id.digest
    #expect(
      try context.publish(IndexSegment(packs: packs), as: SegmentID(session: SnapshotID(high: 1, low: 1), number: 1)))
    for id in segments { try sample.backend.delete(.segment(id)) }
    try sample.repository.refreshIndex()
    // On one thread the snapshots are walked before any pack is read.
    let report = try sample.repository.check(CheckOptions(data: .all, threads: 1))
    let damaged = try finding(.packDamaged, in: report)
    #expect(damaged.severity == .error && damaged.object == "packs/\(packs[place].id)")
    #expect(damaged.pathCount >= 1 && damaged.snapshotCount >= 1, "\(damaged)")
  }

  @Test("A damaged tree object is found without reading data")
  func damagedTree() throws {
    let packs = try sample.repository.context.listSegments().flatMap { try sample.repository.context.segment($0).packs }
    for pack in packs where pack.kind == .metadata {
      sample.backend.damage(try ObjectName(.packs, pack.id.hex)) { $0?[120] ^= 1 }
    }
    let report = try check()
    let tree = try finding(.tree, in: report)
    #expect(tree.severity == .error && tree.snapshotCount >= 1 && tree.pathCount >= 1, "\(tree)")
  }

  @Test("Bytes that nothing depends on are still found to be wrong")
  func damagedHeader() throws {
    let name = try #require(sample.names(.packs).first)
    sample.backend.damage(name) { $0?[40] ^= 1 }
    let damaged = try finding(.packDamaged, in: check(.all))
    #expect(damaged.message.contains("header") && damaged.message.contains("name"), "\(damaged.message)")
    #expect(damaged.pathCount == 0)
  }

  @Test("A pack of another length, one that no segment names, and one with a foreign name are told apart")
  func oddPacks() throws {
    let first = try #require(sample.names(.packs).first)
    let length = sample.backend.contents[first]?.count ?? 0
    sample.backend.damage(first) { $0?.removeLast() }
    let orphans = try SampleRepository()
    try orphans.backUp(["data/x": [9, 9, 9]])
    let orphan = try #require(orphans.names(.packs).first)
    sample.backend.damage(orphan) { $0 = orphans.backend.contents[orphan] }
    try sample.backend.put(try ObjectName(.packs, "00-not-a-pack"), [1])
    let report = try check(.all)
    #expect(try finding(.packLength, in: report).message.contains("says \(length)"))
    #expect(try finding(.packUnreferenced, in: report).object == "\(orphan)")
    #expect(try finding(.foreign, in: report).severity == .note)
    // It was sealed for another repository.
    let damaged = try #require(report.findings.first { $0.code == .packDamaged && $0.object == "\(orphan)" })
    #expect(damaged.severity == .warning)
  }

  @Test("The pack of a backup that has not ended is a note, and sound")
  func orphan() throws {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    _ = try [UInt8](repeating: 3, count: 77).withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    let segments = Set(sample.names(.index))
    try session.finish()
    for name in Set(sample.names(.index)).subtracting(segments) { try sample.backend.delete(name) }
    let report = try check(.all)
    #expect(try finding(.packUnreferenced, in: report).severity == .note)
    #expect(report.findings.allSatisfy { $0.severity == .note }, "\(report.findings)")
  }

  @Test("A damaged segment is an error, and so is what only it named for a client without a cache")
  func damagedSegment() throws {
    let name = try #require(sample.names(.index).first)
    sample.backend.damage(name) { $0?[100] ^= 1 }
    let cached = try check()
    #expect(try finding(.segment, in: cached).object == "\(name)")
    #expect(cached.findings.filter { $0.severity == .error }.count == 1, "\(cached.findings)")
    let caches = TemporaryDirectory(inMemory: true)
    let fresh = try Repository.open(
      sample.backend, password: SampleRepository.password, cacheDirectory: caches.path)
    let report = try check(.none, fresh)
    #expect(report.findings.contains { $0.code == .segment })
    #expect(report.findings.contains { $0.code == .packUnreferenced || $0.code == .chunkMissing })
  }

  @Test("A cache that disagrees is reported and filled anew")
  func cache() throws {
    let index = sample.repository.index
    var random = SeededGenerator(seed: 5)
    var directory = PackDirectory()
    directory.appendFrame(
      sealedLength: 26, codec: .stored,
      chunks: [(id: ChunkID(random.bytes(32).withUnsafeBytes { Digest256($0) }), kind: .data, length: 10)])
    let known = try #require(try index.segments().sorted().first)
    let ghost = PackDescription(
      id: PackID(random.bytes(32).withUnsafeBytes { Digest256($0) }), length: 4096, kind: .data,
      ephemeralKey: directory.chunks[0].id.digest, commitment: directory.chunks[0].id.digest, directory: directory)
    try index.remove(known)
    try index.insert(IndexSegment(packs: [ghost]), id: known)
    #expect(try finding(.cache, in: check()).severity == .warning)
    #expect(try index.description(of: ghost.id) == nil)
    let second = try check(.all)
    #expect(!second.findings.contains { $0.severity != .note }, "\(second.findings)")
  }

  @Test("A snapshot that was damaged or swapped is named")
  func snapshots() throws {
    let id = try #require(sample.files.keys.sorted().first)
    let name = try ObjectName(.snapshots, id.hex)
    sample.backend.damage(name) { $0?[60] ^= 1 }
    let report = try check()
    #expect(try finding(.snapshot, in: report).object == "snapshots/\(id)")
    #expect(report.counters.snapshots == 1)
  }

  @Test("A predecessor that is not the one a snapshot followed is a warning, a gap is a note")
  func sequences() throws {
    let other = [UInt8](repeating: 1, count: 32).withUnsafeBytes { Digest256($0) }
    try sample.backUp(["etc/a": [1]], sequence: 3, previous: other)
    try sample.backUp(["etc/a": [1]], sequence: 6)
    let found = try check().findings.filter { $0.code == .sequence }
    #expect(found.map(\.severity) == [.warning, .note], "\(found)")
    #expect(found.last?.message.contains("4–5") == true, "\(found)")
  }

  @Test("A chunk whose length a file gets wrong, and one that no segment names, are found in the file")
  func references() throws {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let chunk = try [UInt8](repeating: 8, count: 10).withUnsafeBytes { try writer.store($0, kind: .data).id }
    let gone = ChunkID([UInt8](repeating: 1, count: 32).withUnsafeBytes { Digest256($0) })
    var nodes: [Node] = []
    for (name, item) in [("long", ContentItem.chunk(chunk, length: 11)), ("none", .chunk(gone, length: 5))] {
      nodes.append(
        Node(
          name: Array(name.utf8), type: .file, mode: 0, uid: 0, gid: 0, size: item.length, mtime: SampleRepository.time,
          ctime: SampleRepository.time, inode: 1, device: 1, linkCount: 1, content: .file([item])))
    }
    let tree = try TreeObject.leaf(TreeLeaf(nodes: nodes)).encode().withUnsafeBytes {
      try writer.store($0, kind: .tree).id
    }
    try writer.flush()
    try session.finish()
    try sample.repository.commit(sample.snapshot(of: tree, session: session, sequence: 3), of: session)
    let report = try check()
    #expect(try finding(.chunkLength, in: report).paths == ["/long"])
    let missing = try finding(.chunkMissing, in: report)
    #expect(missing.paths == ["/none"] && missing.snapshots == [session.snapshotID])
  }

  @Test("Parts of the packs are all packs together, and a share or size is about as much as was asked for")
  func selections() throws {
    var chosen: [PackID] = []
    let packs = (0..<400).map { index in
      var random = SeededGenerator(seed: UInt64(index))
      return ListedPack(id: PackID(random.bytes(32).withUnsafeBytes { Digest256($0) }), length: 1000)
    }
    for part in UInt64(1)...7 {
      chosen += try CheckOptions.DataSelection.part(number: part, count: 7).choose(from: packs).map(\.id)
    }
    #expect(Set(chosen).count == 400 && chosen.count == 400)
    #expect(try CheckOptions.DataSelection.percentage(25, seed: 1).choose(from: packs).count == 100)
    #expect(try CheckOptions.DataSelection.bytes(10_500, seed: 1).choose(from: packs).count == 11)
    let one = try CheckOptions.DataSelection.bytes(10_500, seed: 1).choose(from: packs).map(\.id)
    #expect(try CheckOptions.DataSelection.bytes(10_500, seed: 1).choose(from: packs).map(\.id) == one)
    #expect(try CheckOptions.DataSelection.bytes(10_500, seed: 2).choose(from: packs).map(\.id) != one)
    for bad: CheckOptions.DataSelection in [
      .part(number: 0, count: 3), .part(number: 4, count: 3), .part(number: 1, count: 0), .percentage(101, seed: 1),
    ] { #expect(throws: RepositoryError.self) { try bad.choose(from: packs) } }
  }

  @Test("A write key checks what it can and says what it can't")
  func writeKey() throws {
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try Repository.open(
      sample.backend, password: SampleRepository.writePassword, cacheDirectory: caches.path)
    let sound = try check(.all, writer)
    #expect(sound.findings.allSatisfy { $0.severity == .note }, "\(sound.findings)")
    #expect(sound.findings.filter { $0.code == .notChecked }.count == 2)
    #expect(sound.counters.bytesRead == sound.counters.packBytes)
    let name = try #require(sample.names(.packs).first)
    sample.backend.damage(name) { $0?[200] ^= 1 }
    #expect(try finding(.packDamaged, in: check(.all, writer)).object == "\(name)")
  }

  @Test("A check that is cancelled says so")
  func cancelled() throws {
    let error = #expect(throws: RepositoryError.self) {
      try sample.repository.check(CheckOptions(data: .all, threads: 2), isCancelled: { true })
    }
    #expect(error?.code == .cancelled)
  }

  @Test("Ids in a compact set are found, whatever number they came with", arguments: 1...3)
  func compactSet(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var set = CompactIDSet()
    var model: Set<[UInt8]> = []
    for step in 0..<5000 {
      // The first id looks like an empty slot.
      let id = step == 0 ? [UInt8](repeating: 0, count: 32) : random.bytes(32)
      let chunk = ChunkID(id.withUnsafeBytes { Digest256($0) })
      #expect(!set.contains(chunk), "seed \(seed), step \(step)")
      #expect(set.insert(chunk) && !set.insert(chunk) && set.contains(chunk), "seed \(seed), step \(step)")
      #expect(!set.contains(chunk, with: 7), "seed \(seed), step \(step)")
      model.insert(id)
    }
    #expect(set.count == model.count)
  }
}
