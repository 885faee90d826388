import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import Testing

@Suite("Repair of records that keep a name taken")
struct RepairRecordsTests {
  let fixture: PruneFixture
  var backend: InMemoryBackend { fixture.backend }
  private let fenced = SnapshotID(high: 3, low: 3)

  init() throws { fixture = try PruneFixture.filled() }

  /// Repairs through a backend that has somebody look before every call whether the object is there.
  private func repairing(
    _ name: ObjectName, _ repair: (Repository) throws -> Void
  ) throws {
    let faulty = FaultyBackend(backend)
    let client = try fixture.newcomer(faulty)
    let gaps = Mutex(0)
    let isThere: @Sendable () -> Bool = { [backend] in backend.contents[name] != nil }
    for operation in FaultyBackend.Operation.allCases {
      for call in 1...200 {
        faulty.inject(.pause { if !isThere() { gaps.withLock { $0 += 1 } } }, into: operation, call: call)
      }
    }
    try repair(client.repository)
    #expect(isThere())
    #expect(gaps.withLock { $0 } == 0, "a session that was fenced off could have taken \(name)")
    #expect(backend.quarantined.map(\.name) == [name])
  }

  private func damage(_ name: ObjectName) { backend.damage(name) { $0?[50] ^= 1 } }

  @Test("A damaged snapshot that is forgotten before it is replaced does not come back, an abort record does")
  func forgotten() throws {
    let context = fixture.repository.context
    let snapshot = try #require(try fixture.repository.snapshots().snapshots.first)
    let name = try ObjectName.snapshot(snapshot.id)
    try fixture.forget(snapshot.id)
    try context.replace(damaged: name, by: .snapshot, body: try snapshot.encode())
    #expect(backend.contents[name] == nil)
    let record = AbortRecord(id: snapshot.id, time: SampleRepository.time, tombstone: 0)
    try context.replace(damaged: name, by: .abort, body: try record.encode())
    #expect(try context.end(of: snapshot.id) == .fenced)
  }

  @Test("The segment that fences a session off has its name at every moment")
  func segment() throws {
    _ = try fixture.repository.context.fence(fenced, tombstone: 0, now: SampleRepository.time)
    let name = try ObjectName.segment(SegmentID(session: fenced, number: 1))
    damage(name)
    try repairing(name) { repository in
      let report = try repository.repairIndex(by: PruneFixture.owner, watch: PruneFixture.watch())
      #expect(report.damagedSegments.map(\.object) == ["\(name)"])
    }
    #expect(try fixture.findings().isEmpty)
  }

  @Test("An abort record has its name at every moment")
  func abortRecord() throws {
    _ = try fixture.repository.context.fence(fenced, tombstone: 0, now: SampleRepository.time)
    let name = try ObjectName.snapshot(fenced)
    damage(name)
    try repairing(name) { repository in
      let report = try repository.repairSnapshotRecords(
        forgets: true, by: PruneFixture.owner, watch: PruneFixture.watch())
      #expect(report.forgotten.map(\.object) == ["\(name)"])
    }
    #expect(try fixture.repository.context.end(of: fenced) == .fenced)
  }

  @Test("A snapshot that only the cache has is never without an object, for the next repair would not look for it then")
  func snapshot() throws {
    let name = try #require(fixture.sample.names(.snapshots).first)
    let listed = try fixture.repository.snapshots().snapshots
    damage(name)
    try repairing(name) { repository in
      let left = try repository.repairSnapshotRecords(
        forgets: false, by: PruneFixture.owner, watch: PruneFixture.watch())
      #expect(left.remaining.count == 1)
      // This client has the cache; calls go through the backend that looks.
      let body = try #require(try SnapshotCache(cache: fixture.repository.cache).all()[name.name]?.body)
      try repository.context.replace(damaged: name, by: .snapshot, body: body)
    }
    #expect(try fixture.newcomer().repository.snapshots().snapshots == listed)
  }

  @Test("Where another repair has set the damaged object aside meanwhile, the name is taken again")
  func race() throws {
    _ = try fixture.repository.context.fence(fenced, tombstone: 0, now: SampleRepository.time)
    let name = try ObjectName.snapshot(fenced)
    damage(name)
    let faulty = FaultyBackend(backend)
    let client = try fixture.newcomer(faulty)
    faulty.inject(.pause { [backend] in _ = try? backend.quarantine(name) }, into: .replace)
    _ = try client.repository.repairSnapshotRecords(
      forgets: true, by: PruneFixture.owner, watch: PruneFixture.watch())
    #expect(try fixture.repository.context.end(of: fenced) == .fenced)
    #expect(backend.quarantined.map(\.name) == [name])
  }
}
