import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Repair of the index")
struct RepairIndexTests {
  let fixture: PruneFixture
  var sample: SampleRepository { fixture.sample }
  var backend: InMemoryBackend { fixture.backend }

  init() throws { fixture = try PruneFixture.filled() }

  private func repair(
    readsAll: Bool = false, isDryRun: Bool = false, _ repository: Repository? = nil
  ) throws -> IndexRepairReport {
    let client = try fixture.newcomer()
    return try (repository ?? client.repository).repairIndex(
      readsAll: readsAll, isDryRun: isDryRun, by: PruneFixture.owner, watch: PruneFixture.watch())
  }

  @Test("A sound repository is left as it is")
  func sound() throws {
    let before = backend.contents
    for readsAll in [false, true] { #expect(try repair(readsAll: readsAll).isClean) }
    #expect(backend.contents == before)
  }

  @Test(
    "What a lost segment named comes from the packs", arguments: ["flipped", "truncated", "empty", "missing", "all"])
  func lostSegment(_ damage: String) throws {
    let names = sample.names(.index)
    for name in damage == "all" ? names : [names[0]] {
      backend.damage(name) { bytes in
        switch damage {
        case "flipped": bytes?[100] ^= 1
        case "truncated": bytes?.removeLast(40)
        case "empty": bytes = []
        default: bytes = nil
        }
      }
    }
    let isSetAside = damage != "missing" && damage != "all"
    let before = backend.contents
    let rehearsed = try repair(isDryRun: true)
    #expect(backend.contents == before)
    let report = try repair()
    #expect(report.damagedSegments.count == (isSetAside ? 1 : 0))
    #expect(report.enteredPacks.count >= 1 && report.unreadablePacks.isEmpty && report.replacedSegments.isEmpty)
    #expect(rehearsed.enteredPacks == report.enteredPacks && rehearsed.writtenSegments == report.writtenSegments)
    #expect(backend.quarantined.map(\.name) == (isSetAside ? [names[0]] : []))
    try fixture.verify()
    #expect(try fixture.findings().isEmpty)
    #expect(sample.names(.intents).isEmpty)
    #expect(try repair().isClean)
  }

  @Test("A damaged segment comes from this client's cache where a pack can't say itself what is in it")
  func cached() throws {
    let segment = try #require(sample.names(.index).first)
    let id = try #require(SegmentID(text: segment.name))
    let pack = try #require(try sample.repository.context.segment(id).packs.first { $0.kind == .data })
    backend.damage(segment) { $0?[100] ^= 1 }
    try fixture.damage(pack.id) { $0[pack.directory.framesEnd + 20] ^= 1 }
    let report = try repair(sample.repository)
    #expect(report.unreadablePacks.map(\.object) == ["packs/\(pack.id)"])
    #expect(report.enteredPacks.contains(pack.id))
    #expect(try fixture.readable().mapValues(\.count) == sample.files.mapValues(\.count))
  }

  @Test("A pack that is gone is struck out, and what else its segment named stays")
  func missingPack() throws {
    let pack = try #require(try fixture.packs(.data).first)
    try backend.delete(.pack(pack.id))
    #expect(try fixture.findings().contains { $0.code == .packMissing })
    let readable = try fixture.readable()
    let report = try repair()
    #expect(report.missingPacks == [pack.id] && report.replacedSegments.count == 1)
    #expect(try !fixture.packs().contains { $0.id == pack.id })
    let findings = try fixture.findings()
    #expect(!findings.isEmpty && findings.allSatisfy { $0.code == .chunkMissing }, "\(findings)")
    #expect(try fixture.readable() == readable)
    #expect(try repair().isClean)
  }

  @Test("A pack that is described wrongly is described as it is")
  func corrected() throws {
    var pack = try #require(try fixture.packs(.data).first)
    let other = try #require(try fixture.packs(.data).last)
    pack.directory = other.directory
    let id = SegmentID(session: SnapshotID(high: 0, low: 1), number: 1)
    _ = try sample.repository.context.publish(IndexSegment(packs: [pack]), as: id)
    #expect(try fixture.findings(.none).contains { $0.code == .packDescription })
    let report = try repair(sample.repository)
    #expect(report.correctedPacks == [pack.id])
    try fixture.verify()
    #expect(try fixture.findings().isEmpty)
    #expect(try sample.repository.check(CheckOptions(data: .all, threads: 1)).findings.isEmpty)
  }

  @Test("Segments of a session that has not ended, and those that fence one off, are left alone")
  func sessions() throws {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    _ = try fixture.noise(500).withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    try session.finish()
    let segment = SegmentID(session: session.snapshotID, number: 1)
    let own = try ObjectName.segment(segment)
    let pack = try #require(try sample.repository.context.segment(segment).packs.first)
    try backend.delete(.pack(pack.id))
    let fenced = SnapshotID(high: 3, low: 3)
    _ = try sample.repository.context.fence(fenced, tombstone: 0, now: SampleRepository.time)
    let fence = try ObjectName.segment(SegmentID(session: fenced, number: 1))
    let bytes = backend.contents
    let report = try repair()
    #expect(report.leftAlone.map(\.object) == ["\(own)"])
    #expect(backend.contents[own] == bytes[own] && backend.contents[fence] == bytes[fence])
    // A fence that is damaged is still a fence.
    backend.damage(fence) { $0?[50] ^= 1 }
    try sample.repository.abandon(session)
    #expect(try repair().damagedSegments.map(\.object) == ["\(fence)"])
    #expect(backend.contents[fence] != nil && sample.names(.intents).isEmpty)
    #expect(try fixture.findings().isEmpty)
  }

  @Test("It is refused to a write key, and while a prune is unfinished")
  func refused() throws {
    let filled = try SampleRepository.filled()
    let before = filled.backend.contents
    #expect { try filled.repository.repairIndex(by: PruneFixture.owner, watch: PruneFixture.watch()) } throws: {
      ($0 as? RepositoryError)?.code == .busy && "\($0)".contains("firn prune")
    }
    #expect(filled.backend.contents == before)
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try Repository.open(
      filled.backend, password: SampleRepository.writePassword, cacheDirectory: caches.path)
    #expect { try writer.repairIndex(by: PruneFixture.owner, watch: PruneFixture.watch()) } throws: {
      ($0 as? RepositoryError)?.code == .forbidden
    }
  }

  @Test(
    "Failing at any call it loses nothing, and the next one completes",
    arguments: [FaultyBackend.Operation.beginUpload, .append, .commit, .list, .read, .size, .delete, .quarantine])
  func failing(_ operation: FaultyBackend.Operation) throws {
    let names = sample.names(.index)
    backend.damage(names[0]) { $0?[100] ^= 1 }
    let pack = try #require(try fixture.packs(.data).last)
    try backend.delete(.pack(pack.id))
    try fixture.failEverywhere(at: operation) { (repository) throws(RepositoryError) in
      _ = try repository.repairIndex(by: PruneFixture.owner, watch: PruneFixture.watch(isDead: true))
    } then: {
      let codes = try fixture.findings().map(\.code)
      #expect(codes.allSatisfy { $0 == .chunkMissing })
    }
  }
}
