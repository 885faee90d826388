import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import Testing

@Suite("Repair of what has parity")
struct RepairHealingTests {
  let fixture: PruneFixture
  private let pristine: [ObjectName: [UInt8]]
  var backend: InMemoryBackend { fixture.backend }

  init() throws {
    fixture = try PruneFixture.filled(parityPercentage: 3)
    pristine = fixture.backend.contents
  }

  private func repairIndex(isDryRun: Bool = false) throws -> IndexRepairReport {
    try fixture.newcomer().repository.repairIndex(
      isDryRun: isDryRun, by: PruneFixture.owner, watch: PruneFixture.watch())
  }

  private func repairPacks(isDryRun: Bool = false) throws -> PackRepairReport {
    try fixture.newcomer().repository.repairPacks(
      isDryRun: isDryRun, by: PruneFixture.owner, watch: PruneFixture.watch(), threads: 2)
  }

  private func repairSnapshots() throws -> SnapshotRecordReport {
    try fixture.newcomer().repository.repairSnapshotRecords(
      forgets: true, by: PruneFixture.owner, watch: PruneFixture.watch())
  }

  /// Damages an object in a way that its parity mends; gives what it is then.
  private func damage(_ name: ObjectName, _ kind: String) -> [UInt8]? {
    backend.damage(name) { bytes in
      guard let count = bytes?.count else { return }
      switch kind {
      case "flipped": bytes?[count / 2] ^= 1
      case "truncated": bytes?.removeLast(40)
      default: bytes?.append(7)
      }
    }
    return backend.contents[name]
  }

  /// Makes an object's parity useless.
  private func ruinParity(of name: ObjectName) throws {
    backend.damage(try name.parity()) { bytes in bytes = bytes?.map { $0 ^ 0xFF } }
  }

  private func expectHealed(_ name: ObjectName, from damaged: [UInt8]?) {
    let isPristine = backend.contents == pristine
    let isKept = backend.quarantined.map(\.name) == [name] && backend.quarantined.map(\.bytes) == [damaged]
    #expect(isPristine && isKept)
  }

  @Test("A damaged segment is rebuilt, and nothing is written anew", arguments: ["flipped", "truncated", "longer"])
  func segment(_ kind: String) throws {
    let name = try #require(fixture.sample.names(.index).first)
    let damaged = damage(name, kind)
    let report = try repairIndex()
    #expect(report.healedSegments.map(\.object) == ["\(name)"] && report.damagedSegments.isEmpty)
    #expect(report.enteredPacks.isEmpty && report.writtenSegments == 0 && !report.isClean)
    expectHealed(name, from: damaged)
    #expect(try repairIndex().isClean)
  }

  @Test("A damaged pack is rebuilt, and nothing of it is stored again", arguments: ["flipped", "truncated", "longer"])
  func pack(_ kind: String) throws {
    let name = try #require(fixture.sample.names(.packs).first)
    let damaged = damage(name, kind)
    let report = try repairPacks()
    #expect(report.packs.map(\.outcome) == [.healed] && report.packs.map(\.lost) == [0])
    #expect(report.written.count == 0 && report.lacking.isEmpty)
    expectHealed(name, from: damaged)
    #expect(try repairPacks().isClean)
  }

  @Test("A damaged snapshot object is rebuilt though no cache has it", arguments: ["flipped", "truncated", "longer"])
  func snapshot(_ kind: String) throws {
    let name = try #require(fixture.sample.names(.snapshots).first)
    let damaged = damage(name, kind)
    let report = try repairSnapshots()
    #expect(report.restored.map(\.object) == ["\(name)"] && report.forgotten.isEmpty)
    expectHealed(name, from: damaged)
    #expect(try repairSnapshots().isClean)
  }

  @Test("A rehearsal rebuilds nothing")
  func rehearsal() throws {
    for area in [ObjectArea.index, .packs] {
      backend.damage(try #require(fixture.sample.names(area).first)) { $0?[200] ^= 1 }
      let before = backend.contents
      if area == .index {
        #expect(try repairIndex(isDryRun: true).healedSegments.isEmpty)
      } else {
        #expect(try !repairPacks(isDryRun: true).packs.contains { $0.outcome == .healed })
      }
      let isUnchanged = backend.contents == before
      #expect(isUnchanged && backend.quarantined.isEmpty)
      for (name, bytes) in pristine { backend.damage(name) { $0 = bytes } }
    }
  }

  @Test("What parity can't rebuild is repaired without it, and that parity goes too")
  func beyondParity() throws {
    let segment = try #require(fixture.sample.names(.index).first)
    _ = damage(segment, "flipped")
    try ruinParity(of: segment)
    let report = try repairIndex()
    #expect(report.healedSegments.isEmpty && report.damagedSegments.map(\.object) == ["\(segment)"])
    let pack = try #require(try fixture.packs(.data).first { $0.directory.frames.count > 1 })
    let name = try ObjectName.pack(pack.id)
    try fixture.damage(pack.id) { $0[Int(pack.directory.frames[1].offset) + 3] ^= 1 }
    try ruinParity(of: name)
    #expect(try repairPacks().packs.map(\.outcome) == [.salvaged])
    #expect(backend.quarantined.map(\.name) == [segment, name])
    // What took their place has parity of its own.
    #expect(try fixture.findings().allSatisfy { $0.code == .chunkMissing })
    #expect(try fixture.repository.context.orphanedParity().isEmpty)
  }

  @Test(
    "Failing at any call it loses nothing, and the next one completes",
    arguments: [FaultyBackend.Operation.beginUpload, .append, .replace, .list, .read, .size, .delete])
  func failing(_ operation: FaultyBackend.Operation) throws {
    for area in [ObjectArea.index, .packs, .snapshots] {
      _ = damage(try #require(fixture.sample.names(area).first), "flipped")
    }
    let watch = PruneFixture.watch(isDead: true)
    try fixture.failEverywhere(at: operation) { (repository) throws(RepositoryError) in
      _ = try repository.repairIndex(by: PruneFixture.owner, watch: watch)
      _ = try repository.repairSnapshotRecords(forgets: false, by: PruneFixture.owner, watch: watch)
      _ = try repository.repairPacks(by: PruneFixture.owner, watch: watch, threads: 1)
    } then: {
      #expect(try fixture.findings().allSatisfy { $0.code == .packUnreferenced || $0.code == .parityMissing })
      try fixture.verify()
    }
  }
}
