import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import TestSupport
import Testing

/// Forgets and prunes come between a check's steps, at each in turn.
@Suite("Checks beside forgets and prunes")
struct CheckBesidePrunesTests {
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

  /// Has somebody forget the first snapshot and prune; every segment and many packs are replaced.
  private func forgetAndPrune() {
    do {
      try fixture.forget(first)
      #expect(try fixture.prune().removed.count > 0)
    } catch {
      Issue.record(error)
    }
  }

  private func check(
    _ data: CheckOptions.DataSelection = .all, progress: @escaping @Sendable (CheckProgress) -> Void = { _ in }
  ) throws -> [CheckFinding] {
    let report = try client.repository.check(CheckOptions(data: data, threads: 1), progress: progress)
    return report.findings.filter { $0.severity != .note }
  }

  @Test(
    "What goes after an area was listed is not missing, whatever the check's cache knows",
    arguments: [ObjectArea.snapshots, .index, .packs, .intents], [false, true])
  func listed(area: ObjectArea, isKnown: Bool) throws {
    if isKnown {
      try client.repository.refreshIndex()
      _ = try client.repository.snapshots()
    }
    nonisolated(unsafe) let this = self
    backend.afterListing(area) { this.forgetAndPrune() }
    #expect(try check().isEmpty)
    #expect(try client.repository.snapshots().snapshots.count == 1)
    #expect(try check().isEmpty)
  }

  @Test("A snapshot that is forgotten and pruned while others are walked is passed over")
  func walked() throws {
    nonisolated(unsafe) let this = self
    let isDone = Mutex(false)
    // The last one is forgotten while the first is walked.
    try fixture.forget(first)
    let last = try fixture.sample.backUp(fixture.files(["later"], 90_000), sequence: 3)
    let found = try check { progress in
      guard case .snapshots = progress.phase, progress.done == 1, isDone.withLock({ !$0 }) else { return }
      isDone.withLock { $0 = true }
      do {
        try this.fixture.forget(last)
        _ = try this.fixture.prune()
        // Another process that shares the cache learns of it first.
        try this.client.repository.refreshIndex()
      } catch {
        Issue.record(error)
      }
    }
    #expect(isDone.withLock { $0 })
    #expect(found.isEmpty, "\(found)")
  }

  @Test("What a snapshot lacks that stands is reported, however much goes beside it")
  func lacking() throws {
    let packs = Set(try fixture.packs(.data).map(\.id))
    try fixture.sample.backUp(fixture.files(["lost"], 30_000), sequence: 3)
    for pack in try fixture.packs(.data) where !packs.contains(pack.id) { try fixture.backend.delete(.pack(pack.id)) }
    let segments = Set(fixture.sample.names(.index))
    try fixture.sample.backUp(fixture.files(["nameless"], 30_000), sequence: 4)
    for name in fixture.sample.names(.index) where !segments.contains(name) { try fixture.backend.delete(name) }
    nonisolated(unsafe) let this = self
    backend.afterListing(.packs) {
      do { try this.fixture.forget(this.first) } catch { Issue.record(error) }
    }
    let found = try check()
    let codes = Set(found.filter { $0.severity == .error }.map(\.code))
    #expect(codes == [.packMissing, .chunkMissing], "\(found)")
    #expect(found.filter { $0.code == .packMissing }.flatMap(\.paths).contains { $0.hasSuffix("/lost") }, "\(found)")
  }

  @Test("A segment that is listed again and is not there is damage")
  func ghost() throws {
    let name = try #require(fixture.sample.names(.index).first)
    hide(name)
    #expect(try check(.none).contains { $0.code == .segment && $0.object == "\(name)" })
    #expect(try fixture.findings().isEmpty)
  }

  /// Has the next read of a segment find nothing, after each listing anew.
  private func hide(_ name: ObjectName) {
    nonisolated(unsafe) let this = self
    backend.afterListing(.index) {
      this.backend.inject(.fail(.notFound), intoReadOf: name)
      this.hide(name)
    }
  }

  @Test("A pack that no segment names is a warning only if nobody is at work")
  func unnamed() throws {
    let segments = Set(fixture.sample.names(.index))
    let session = try fixture.sample.begin()
    let writer = try session.chunkWriter()
    _ = try fixture.noise(500).withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    try session.finish()
    for name in fixture.sample.names(.index) where !segments.contains(name) { try fixture.backend.delete(name) }
    let report = try client.repository.check(CheckOptions(data: .all, threads: 1))
    #expect(report.findings.first { $0.code == .packUnreferenced }?.severity == .note, "\(report.findings)")
    try fixture.repository.abandon(session)
    #expect(try check().map(\.code) == [.packUnreferenced])
  }

  @Test("Snapshots that are forgotten after they were listed are passed over")
  func listing() throws {
    nonisolated(unsafe) let this = self
    backend.afterListing(.snapshots) {
      do { try this.fixture.forget(this.first) } catch { Issue.record(error) }
    }
    let listing = try client.repository.snapshots()
    #expect(listing.snapshots.count == 1 && listing.damaged.isEmpty)
  }

  @Test("A pack that comes to another segment is in the index at every moment")
  func moved() throws {
    try client.repository.refreshIndex()
    let before = Set(fixture.sample.names(.index))
    try fixture.forget(first)
    _ = try fixture.prune()
    let kept = Set(try fixture.packs().map(\.id))
    let known = try client.repository.index.packNumbers().map(\.id).filter { kept.contains($0) }
    #expect(!known.isEmpty)
    let replacing = try #require(Set(fixture.sample.names(.index)).subtracting(before).first)
    let index = client.repository.index
    backend.inject(
      .pause {
        for pack in known { #expect((try? index.description(of: pack)) != nil) }
      }, intoReadOf: replacing)
    let numbers = try index.packNumbers().filter { kept.contains($0.id) }.map(\.number)
    try client.repository.refreshIndex()
    // Not even for a moment: a pack that is entered anew gets another number.
    #expect(Set(try index.packNumbers().map(\.number)).isSuperset(of: numbers))
    #expect(Set(try index.packNumbers().map(\.id)) == kept)
  }

  @Test("A description that a repair has corrected takes the place of the wrong one")
  func corrected() throws {
    let index = client.repository.index
    let session = SnapshotID(high: 1, low: 1)
    let pack = try #require(try fixture.packs().first)
    var wrong = pack
    wrong.length += 1
    let names = fixture.sample.names(.index)
    let context = fixture.repository.context
    #expect(try context.publish(IndexSegment(packs: [wrong]), as: SegmentID(session: session, number: 1)))
    for name in names { try fixture.backend.delete(name) }
    try client.repository.refreshIndex()
    #expect(try index.description(of: pack.id) == wrong)
    #expect(try context.publish(IndexSegment(packs: [pack]), as: SegmentID(session: session, number: 2)))
    try fixture.backend.delete(.segment(SegmentID(session: session, number: 1)))
    try client.repository.refreshIndex()
    #expect(try index.description(of: pack.id) == pack)
  }
}
