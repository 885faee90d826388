import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

@Suite("Repair of packs")
struct RepairPacksTests {
  let fixture: PruneFixture
  var sample: SampleRepository { fixture.sample }
  var backend: InMemoryBackend { fixture.backend }

  init() throws { fixture = try PruneFixture.filled() }

  private func repair(
    _ packs: Set<PackID>? = nil, isDryRun: Bool = false, _ repository: Repository? = nil,
    watch: SessionWatch = PruneFixture.watch()
  ) throws(RepositoryError) -> PackRepairReport {
    try (repository ?? sample.repository).repairPacks(
      packs, isDryRun: isDryRun, by: PruneFixture.owner, watch: watch, threads: 2)
  }

  private func data() throws -> PackDescription {
    try #require(try fixture.packs(.data).max { $0.directory.frames.count < $1.directory.frames.count })
  }

  /// Backs the same files up again, as a user does after damage.
  private func backUpAgain() throws {
    for (number, files) in sample.files.values.enumerated() {
      try sample.backUp(files, sequence: UInt64(number + 3))
    }
  }

  @Test("A sound repository is left as it is")
  func sound() throws {
    let before = backend.contents
    let report = try repair()
    #expect(report.isClean && report.lacking.isEmpty && report.packsRead == sample.names(.packs).count)
    #expect(backend.contents == before)
    #expect(try repair([data().id]).packs.isEmpty)
  }

  @Test("Of a pack with a damaged frame all else is saved, and what is lost is named; a backup brings it back")
  func frame() throws {
    let pack = try data()
    try #require(pack.directory.frames.count > 1)
    try fixture.damage(pack.id) { $0[Int(pack.directory.frames[1].offset) + 3] ^= 1 }
    let before = try (backend.contents, fixture.readable())
    let rehearsed = try repair(isDryRun: true)
    #expect(backend.contents == before.0)
    let report = try repair()
    let damaged = try #require(report.packs.first)
    let lost = Int(pack.directory.frames[1].chunkCount)
    #expect(report.packs.count == 1 && damaged.id == pack.id && damaged.outcome == .salvaged)
    #expect(damaged.lost == lost && damaged.readable == pack.directory.chunks.count - lost && damaged.chunks > lost)
    #expect(!report.lacking.isEmpty && report.lacking.allSatisfy { $0.snapshotCount > 0 && $0.pathCount > 0 })
    #expect(rehearsed.packs.map(\.lost) == [lost])
    #expect(Set(rehearsed.lacking.flatMap(\.paths)) == Set(report.lacking.flatMap(\.paths)))
    #expect(backend.quarantined.map(\.name) == [try .pack(pack.id)])
    #expect(try fixture.readable() == before.1)
    #expect(try fixture.findings().allSatisfy { $0.code == .chunkMissing })
    #expect(sample.names(.intents).isEmpty)
    #expect(try repair().isClean)
    try backUpAgain()
    try fixture.verify()
    #expect(try fixture.findings().isEmpty)
  }

  @Test(
    "Of a pack that is damaged outside its frames everything is saved",
    arguments: ["header", "directory", "footer", "cut footer", "longer"])
  func outsideFrames(_ damage: String) throws {
    let pack = try data()
    try fixture.damage(pack.id) { bytes in
      switch damage {
      case "header": bytes[40] ^= 1
      case "directory": bytes[pack.directory.framesEnd + 20] ^= 1
      case "footer": bytes[bytes.count - 20] ^= 1
      case "cut footer": bytes.removeLast(10)
      default: bytes.append(0)
      }
    }
    let report = try repair()
    #expect(report.packs.map(\.outcome) == [.salvaged] && report.packs.map(\.lost) == [0])
    #expect(report.lacking.isEmpty)
    #expect(backend.quarantined.count == 1)
    try fixture.verify()
    #expect(try fixture.findings().isEmpty)
  }

  @Test("Of a truncated pack what is left of it is saved")
  func truncated() throws {
    let pack = try data()
    let end = Int(pack.directory.frames[1].offset)
    try fixture.damage(pack.id) { $0.removeLast($0.count - end - 5) }
    let readable = Int(pack.directory.frames[0].chunkCount)
    let report = try repair()
    #expect(report.packs.map(\.readable) == [readable])
    #expect(report.packs.map(\.lost) == [pack.directory.chunks.count - readable])
    #expect(try fixture.findings().allSatisfy { $0.code == .chunkMissing })
    try backUpAgain()
    try fixture.verify()
  }

  @Test("A pack that is gone is struck out, and one that nothing describes is set aside")
  func nothingLeft() throws {
    let gone = try data()
    try backend.delete(.pack(gone.id))
    let trees = try #require(try fixture.packs(.metadata).first)
    try fixture.damage(trees.id) { bytes in for index in 120..<bytes.count { bytes[index] ^= 1 } }
    let report = try repair()
    #expect(Set(report.packs.map(\.outcome)) == [.missing, .salvaged])
    #expect(report.packs.allSatisfy { $0.readable == 0 && $0.lost == $0.chunks && $0.chunks > 0 })
    let orphan = [UInt8](repeating: 5, count: 4096)
    let id = try #require(PackID(hex: String(repeating: "5a", count: 32)))
    try backend.put(.pack(id), orphan)
    let second = try repair([id])
    #expect(second.packs.map(\.outcome) == [.unreadable])
    #expect(backend.quarantined.last?.bytes == orphan)
    #expect(throws: RepositoryError.self) { try repair([id]) }
    #expect(try fixture.findings().allSatisfy { $0.code == .chunkMissing })
    try backUpAgain()
    try fixture.verify()
  }

  @Test("What can be read of a pack is saved though another one has it, for a prune may be about to remove that one")
  func copies() throws {
    let files = fixture.files(["twice"], 40_000)
    try sample.backUp(files, sequence: 3)
    try fixture.storeAgain(files)
    let bytes = try #require(files["d/twice"])
    let copies = try fixture.packs(ofFirstChunkOf: bytes)
    try #require(copies.count == 2)
    try fixture.damage(copies[0].id) { $0[Int(copies[0].directory.frames[1].offset) + 3] ^= 1 }
    let report = try repair([copies[0].id])
    #expect(report.packs.map(\.outcome) == [.salvaged] && report.packs.map(\.lost) == [0])
    #expect(try fixture.packs(ofFirstChunkOf: bytes).count { !copies.contains($0) } == 1)
    try fixture.verify()
  }

  @Test("A pack of a session that has not ended is left alone")
  func running() throws {
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    _ = try fixture.noise(500).withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    try session.finish()
    let segment = SegmentID(session: session.snapshotID, number: 1)
    let pack = try #require(try sample.repository.context.segment(segment).packs.first)
    try fixture.damage(pack.id) { $0[130] ^= 1 }
    let before = backend.contents
    #expect(try repair().packs.map(\.outcome) == [.leftAlone])
    #expect(backend.contents == before)
    try sample.repository.abandon(session)
    #expect(try repair().packs.map(\.outcome) == [.salvaged])
  }

  @Test("With a damaged index it says what to do first")
  func index() throws {
    backend.damage(sample.names(.index)[0]) { $0?[100] ^= 1 }
    let client = try fixture.newcomer()
    #expect { try repair(nil, client.repository) } throws: { "\($0)".contains("repair index") }
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("A snapshot that can't be read is named, for what it lacks is not known")
  func unreadableSnapshot() throws {
    let name = try #require(sample.names(.snapshots).first)
    backend.damage(name) { $0?[60] ^= 1 }
    let client = try fixture.newcomer()
    let report = try repair(nil, client.repository)
    #expect(report.packs.isEmpty && report.unreadableSnapshots.map(\.object) == ["\(name)"])
  }

  @Test("A read that fails once loses nothing and is not taken for a loss")
  func passingFailure() throws {
    let before = backend.contents
    // An error that leaves something open leaves the intent.
    let isUnchanged = { backend.contents.filter { $0.key.area != .intents } == before }
    let reads = { (call: Int?) -> Int in
      let faulty = FaultyBackend(backend)
      let client = try fixture.newcomer(faulty)
      let opening = faulty.calls(of: .read)
      if let call { faulty.inject(.fail(.io), into: .read, call: call) }
      if let report = try? repair(nil, client.repository) {
        #expect(report.isClean && report.lacking.isEmpty, "after the failure of read \(call ?? 0): \(report.lacking)")
      }
      #expect(isUnchanged(), "after the failure of read \(call ?? 0)")
      return faulty.calls(of: .read) - opening
    }
    let count = try reads(nil)
    // The last ones are those of trees.
    for call in Set(stride(from: 1, through: count, by: max(1, count / 25))).union(max(1, count - 15)...count) {
      _ = try reads(call)
    }
  }

  @Test(
    "Failing at any call it loses nothing, and the next one completes",
    arguments: [FaultyBackend.Operation.beginUpload, .append, .commit, .list, .read, .size, .delete, .quarantine])
  func failing(_ operation: FaultyBackend.Operation) throws {
    let pack = try data()
    try fixture.damage(pack.id) { $0[Int(pack.directory.frames[1].offset) + 3] ^= 1 }
    let other = try #require(try fixture.packs(.data).first { $0.id != pack.id })
    try fixture.damage(other.id) { $0.removeLast(10) }
    try fixture.failEverywhere(at: operation) { (repository) throws(RepositoryError) in
      _ = try repair(nil, repository, watch: PruneFixture.watch(isDead: true))
    } then: {
      let codes = try fixture.findings().map(\.code)
      // What a repair stored that failed before it was entered is for a prune.
      #expect(codes.allSatisfy { $0 == .chunkMissing || $0 == .packUnreferenced })
    }
  }
}
