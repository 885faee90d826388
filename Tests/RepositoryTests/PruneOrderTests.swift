import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import TestSupport
import Testing

/// What comes and goes between the steps of a prune.
@Suite("The order in which a prune looks")
struct PruneOrderTests {
  let fixture: PruneFixture
  let first: SnapshotID
  private let backend: FaultyBackend
  private let client: Client

  init() throws {
    fixture = try PruneFixture()
    let shared = fixture.files(["shared"], 40_000)
    first = try fixture.sample.backUp(shared.merging(fixture.files(["old"], 90_000)) { $1 })
    try fixture.sample.backUp(shared.merging(fixture.files(["new"], 90_000)) { $1 }, sequence: 2)
    backend = FaultyBackend(fixture.backend)
    client = try fixture.newcomer(backend)
  }

  @Test(
    "A snapshot that is committed between two steps is whole afterwards, and the prune goes on",
    arguments: [(.packs, false)]
      + [ObjectArea.intents, .snapshots, .index, .tombstones, .sweeps].flatMap { [($0, false), ($0, true)] })
  func committed(area: ObjectArea, isSecondTime: Bool) throws {
    try fixture.forget(first)
    nonisolated(unsafe) let this = self
    let commit: @Sendable () -> Void = {
      do {
        try this.fixture.sample.backUp(this.fixture.files(["late"], 50_000), sequence: 3)
      } catch {
        Issue.record(error)
      }
    }
    backend.afterListing(area) {
      if isSecondTime { this.backend.afterListing(area, commit) } else { commit() }
    }
    _ = try fixture.prune(repository: client.repository)
    #expect(try fixture.repository.snapshots().snapshots.count == 2, "the snapshot was not committed")
    try fixture.verify()
  }

  @Test("A snapshot that is forgotten after it was listed does not keep a prune from going on")
  func forgotten() throws {
    nonisolated(unsafe) let this = self
    backend.afterListing(.snapshots) {
      do { try this.fixture.forget(this.first) } catch { Issue.record(error) }
    }
    _ = try fixture.prune(repository: client.repository)
    _ = try fixture.prune(repository: client.repository)
    try fixture.verify()
  }

  @Test("What a snapshot shares with one that was forgotten while it was walked stays")
  func forgottenHalfway() throws {
    let sample = fixture.sample
    let files = fixture.files(["a"], 90_000)
    let forgotten = try sample.backUp(files, sequence: 3)
    try sample.backUp(files.merging(["e/x": fixture.noise(500)]) { $1 }, sequence: 4)
    // The pack of the first chunk is not to be had until the packs are listed again, so the walk ends within the directory.
    let file = try #require(files["d/a"])
    let pack = try #require(try fixture.packs(ofFirstChunkOf: file).first)
    let name = try ObjectName.pack(pack.id)
    let bytes = try #require(sample.backend.contents[name])
    try sample.backend.delete(name)
    nonisolated(unsafe) let this = self
    let bringBack: @Sendable () -> Void = { [memory = fixture.backend] in memory.damage(name) { $0 = bytes } }
    backend.afterListing(.packs) { this.backend.afterListing(.packs, bringBack) }
    // The index is listed after the snapshots were read.
    backend.afterListing(.index) {
      do { try this.fixture.forget(forgotten) } catch { Issue.record(error) }
    }
    let report = try fixture.prune(repository: client.repository)
    bringBack()
    #expect(report.removed.count == 0)
    try fixture.verify()
  }

  @Test("A prune that finds a snapshot in pieces, since another took over, says so")
  func tookOver() throws {
    nonisolated(unsafe) let this = self
    backend.afterListing(.snapshots) {
      do {
        var options = PruneFixture.thorough
        options.fencingAge = .zero
        try this.fixture.forget(this.first)
        #expect(try this.fixture.prune(options).fenced.count == 1)
      } catch {
        Issue.record(error)
      }
    }
    let error = #expect(throws: RepositoryError.self) { try fixture.prune(repository: client.repository) }
    #expect(error?.code == .fenced, "\(String(describing: error))")
    try fixture.verify()
  }

  @Test("A record whose upload was taken for cut off is uploaded again; a pack has to be stored again")
  func removedUploads() throws {
    let session = try client.repository.beginWriting(by: PruneFixture.owner)
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(["d/a": fixture.noise(300)])
    try writer.flush()
    try session.finish()
    backend.inject(.fail(.uploadRemoved), into: .commit)
    try client.repository.commit(fixture.sample.snapshot(of: tree, session: session, sequence: 3), of: session)
    let second = try client.repository.beginWriting(by: PruneFixture.owner)
    let other = try second.chunkWriter()
    _ = try fixture.noise(300).withUnsafeBytes { try other.store($0, kind: .data) }
    try other.flush()
    backend.inject(.fail(.uploadRemoved), into: .commit)
    let error = #expect(throws: RepositoryError.self) { try second.finish() }
    #expect(error?.code == .fenced)
  }
}
