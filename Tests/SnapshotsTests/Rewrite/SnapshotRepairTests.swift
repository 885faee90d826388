import Backend
import Format
import Repository
import Snapshots
import Testing

@Suite("Repairing snapshots")
struct SnapshotRepairTests {
  private let fixture: ArchiveFixture

  init() throws { fixture = try ArchiveFixture() }

  private var watch: SessionWatch {
    SessionWatch(now: { Timestamp(seconds: 9) }, pause: { _ in }, isDead: { _ in false })
  }

  /// Loses the packs of a kind that a backup adds.
  private func losing(_ kind: PackKind, of backUp: () throws -> TakenSnapshot) throws -> TakenSnapshot {
    let before = fixture.names(.packs)
    let taken = try backUp()
    try lose(kind, of: fixture.names(.packs).subtracting(before))
    return taken
  }

  private func lose(_ kind: PackKind, of packs: Set<ObjectName>) throws {
    try fixture.repository.refreshIndex()
    for pack in try fixture.repository.packs(withPrefix: "") where pack.kind == kind {
      let name = try ObjectName(.packs, pack.id.hex)
      if packs.contains(name) { try fixture.memory.delete(name) }
    }
    _ = try fixture.repository.repairIndex(by: fixture.owner, watch: watch)
  }

  private func repair(_ id: SnapshotID, keepsOld: Bool = false) throws -> (SnapshotRewriter.Outcome, dropped: [String])
  {
    var dropped: [String] = []
    let outcome = try fixture.rewrite(
      id,
      observe: { step in
        if case .dropped(let path) = step { dropped.append(String(decoding: path, as: UTF8.self)) }
      }
    ) { change in
      change.dropsDamaged = true
      change.keepsOld = keepsOld
    }
    return (outcome, dropped)
  }

  @Test("a file whose content is lost is dropped, and all else stays")
  func file() throws {
    try fixture.source.write("kept", "one")
    let first = try fixture.backUp()
    try fixture.source.write("lost", String(repeating: "two", count: 1000))
    let damaged = try losing(.data) { try fixture.backUp() }
    #expect(try repair(first.snapshot.id).0.isUnchanged)
    let copy = try repair(damaged.snapshot.id, keepsOld: true)
    let new = try copy.0.snapshot()
    #expect(copy.dropped == [fixture.source.full("lost")])
    #expect(new.tags == ["repaired"] && new.statistics.files == 1)
    #expect(try fixture.snapshots().map(\.id).contains(damaged.snapshot.id))
    // Done again it finds the copy; with the old one to go, that goes.
    guard case .madeBefore(let made) = try repair(damaged.snapshot.id, keepsOld: true).0 else {
      Issue.record("the copy was not found")
      return
    }
    #expect(made.id == new.id)
    _ = try repair(damaged.snapshot.id)
    #expect(try Set(fixture.snapshots().map(\.id)) == [first.snapshot.id, new.id])
    #expect(try fixture.problems().filter { $0.severity == .error }.isEmpty)
    let taken = TakenSnapshot(
      result: damaged.result, snapshot: new, problems: [], newPacks: [], source: damaged.source)
    #expect(try fixture.contents(of: taken).text("kept") == "one")
    #expect(try fixture.contents(of: taken).files["lost"] == nil)
  }

  @Test("a directory that can't be read is dropped, though this client's cache knows it")
  func directory() throws {
    fixture.source.makeDirectory("dir")
    try fixture.source.write("dir/a", "one")
    let first = try fixture.backUp()
    let packs = fixture.names(.packs)
    try fixture.source.write("other", "two")
    let second = try fixture.backUp()
    try lose(.metadata, of: packs)
    let repaired = try repair(second.snapshot.id)
    #expect(repaired.dropped == [fixture.source.full("dir")])
    let error = #expect(throws: SnapshotsError.self) { try repair(first.snapshot.id) }
    #expect(error?.code == .damaged)
  }

  @Test("a backup after the damage makes the old snapshot whole again, for files that have not changed")
  func backUpAgain() throws {
    fixture.source.makeDirectory("dir")
    try fixture.source.write("dir/a", String(repeating: "one", count: 1000))
    for kind in [PackKind.data, .metadata] {
      try lose(kind, of: fixture.names(.packs))
      let old = try fixture.backUp()
      try lose(kind, of: fixture.names(.packs))
      #expect(try fixture.problems().contains { $0.severity == .error })
      _ = try fixture.backUp()
      #expect(try fixture.problems().filter { $0.severity == .error }.isEmpty)
      #expect(try fixture.contents(of: old).files["dir/a"]?.count == 3000)
      #expect(try repair(old.snapshot.id).0.isUnchanged)
    }
  }

  @Test("a snapshot object that can't be read comes back from the cache, or is set aside and its name stays taken")
  func records() throws {
    try fixture.source.write("a", "one")
    let taken = try fixture.backUp()
    _ = try fixture.snapshots()
    _ = try fixture.repository.snapshots()
    let name = try ObjectName(.snapshots, taken.snapshot.id.hex)
    fixture.memory.damage(name) { $0?[60] ^= 1 }
    let cache = CacheDirectory()
    let newcomer = try fixture.reopened(cache: cache)
    let left = try newcomer.repairSnapshotRecords(forgets: false, by: fixture.owner, watch: watch)
    #expect(left.remaining.map(\.object) == ["\(name)"] && left.forgotten.isEmpty)
    let restored = try fixture.repository.repairSnapshotRecords(forgets: false, by: fixture.owner, watch: watch)
    #expect(restored.restored.map(\.object) == ["\(name)"])
    #expect(try fixture.snapshots() == [taken.snapshot])
    fixture.memory.damage(name) { $0?[60] ^= 1 }
    let forgotten = try newcomer.repairSnapshotRecords(forgets: true, by: fixture.owner, watch: watch)
    #expect(forgotten.forgotten.map(\.object) == ["\(name)"])
    #expect(try fixture.snapshots().isEmpty)
    #expect(fixture.memory.contents[name] != nil && fixture.memory.quarantined.map(\.name) == [name, name])
    #expect(try newcomer.repairSnapshotRecords(forgets: true, by: fixture.owner, watch: watch).isClean)
    #expect(fixture.names(.intents).isEmpty)
  }
}
