import Backend
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import TestSupport
import Testing
import Threads

@Suite("Deduplication")
struct DeduplicationTests {
  let sample: SampleRepository

  init() throws { sample = try SampleRepository() }

  private func chunk(_ number: Int) -> [UInt8] {
    var random = SeededGenerator(seed: UInt64(number))
    return random.bytes(500)
  }

  private func store(_ numbers: Range<Int>, in repository: Repository? = nil) throws -> [Bool] {
    let session = try (repository ?? sample.repository).beginWriting(
      by: SessionOwner(time: SampleRepository.time, host: "h", user: "u", process: 1, program: "p"))
    let writer = try session.chunkWriter()
    let new = try numbers.map { number in
      try chunk(number).withUnsafeBytes { try writer.store($0, kind: .data).isNew }
    }
    try writer.flush()
    try session.finish()
    try (repository ?? sample.repository).abandon(session)
    return new
  }

  @Test("Of several threads that store the same chunks, one stores each")
  func threads() throws {
    let session = try sample.begin()
    let counts = Mutex([Int](repeating: 0, count: 400))
    let failures = Mutex<[String]>([])
    let chunks = (0..<400).map(chunk)
    WorkerThreads.run(4) { worker in
      do {
        let writer = try session.chunkWriter()
        for step in 0..<400 {
          let number = worker.isMultiple(of: 2) ? step : 399 - step
          let outcome = try chunks[number].withUnsafeBytes { try writer.store($0, kind: .data) }
          if outcome.isNew { counts.withLock { $0[number] += 1 } }
        }
        try writer.flush()
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    try session.finish()
    #expect(failures.withLock { $0 } == [])
    #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 400))
    #expect(session.counters.newChunks == 400)
    #expect(try sample.repository.index.duplicateCount() == 0)
  }

  @Test("What an earlier session stored is not stored again")
  func sessions() throws {
    #expect(try store(0..<50).allSatisfy { $0 })
    let packs = sample.names(.packs)
    #expect(try store(0..<50).allSatisfy { !$0 })
    #expect(sample.names(.packs) == packs)
  }

  @Test("An interrupted session's indexed chunks are used again, and a pack without a segment is not")
  func interrupted() throws {
    #expect(try store(0..<50).allSatisfy { $0 })
    let segments = Set(sample.names(.index))
    #expect(try store(50..<60).allSatisfy { $0 })
    for name in Set(sample.names(.index)).subtracting(segments) { try sample.backend.delete(name) }
    #expect(try store(0..<60) == [Bool](repeating: false, count: 50) + [Bool](repeating: true, count: 10))
  }

  @Test("A new cache is filled from the segments")
  func newCache() throws {
    _ = try store(0..<50)
    let caches = TemporaryDirectory(inMemory: true)
    let other = try Repository.open(
      sample.backend, password: SampleRepository.password, cacheDirectory: caches.path)
    #expect(try store(0..<50, in: other).allSatisfy { !$0 })
  }

  @Test("Chunks of a segment that is gone are stored again, except those that another one holds too")
  func vanished() throws {
    _ = try store(0..<20)
    let first = try #require(sample.names(.index).first)
    _ = try store(20..<40)
    try sample.backend.delete(first)
    #expect(try store(0..<40) == [Bool](repeating: true, count: 20) + [Bool](repeating: false, count: 20))
  }

  @Test("Nothing is deduplicated against a pack that a tombstone names")
  func condemned() throws {
    _ = try store(0..<20)
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let set = PackSet(number: 1, time: SampleRepository.time, packs: packs)
    let name = try ObjectName(.tombstones, PackSet.objectName(number: 1))
    try sample.put(.tombstone, name, set.encode())
    #expect(try store(0..<20).allSatisfy { $0 })
    // The new packs are not among those condemned.
    #expect(try store(0..<20).allSatisfy { !$0 })
    let damaged = sample.backend
    damaged.damage(name) { $0?[60] ^= 1 }
    let error = #expect(throws: RepositoryError.self) { try store(0..<1) }
    #expect(error?.code == .damaged)
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("A commit is refused when an abort record stands in the snapshot's place")
  func fenced() throws {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(["etc/a": [1]])
    try writer.flush()
    try session.finish()
    let id = session.snapshotID
    let abort = AbortRecord(id: id, time: SampleRepository.time, tombstone: 1)
    try sample.put(.abort, ObjectName(.snapshots, id.hex), abort.encode())
    let error = #expect(throws: RepositoryError.self) {
      try sample.repository.commit(sample.snapshot(of: tree, session: session), of: session)
    }
    #expect(error?.code == .fenced)
    #expect(try sample.repository.snapshots().snapshots.isEmpty)
  }

  @Test("A full disk makes every worker and the session fail, and hangs nobody")
  func fullDisk() throws {
    let contents = sample.backend.contents
    let used = contents.values.reduce(0) { $0 + $1.count }
    let backend = InMemoryBackend(contents: contents, capacity: UInt64(used) + 60_000)
    let session = try sample.repository.reopened(on: backend).beginWriting(
      by: SessionOwner(time: SampleRepository.time, host: "h", user: "u", process: 1, program: "p"))
    let failed = Mutex(0)
    WorkerThreads.run(6) { worker in
      do {
        let writer = try session.chunkWriter()
        var random = SeededGenerator(seed: UInt64(worker))
        for _ in 0..<100 {
          let bytes = random.bytes(4000)
          _ = try bytes.withUnsafeBytes { try writer.store($0, kind: .data) }
        }
        try writer.flush()
      } catch {
        failed.withLock { $0 += 1 }
      }
    }
    #expect(failed.withLock { $0 } == 6)
    #expect(throws: RepositoryError.self) { try session.finish() }
  }
}
