import Backend
import BackendTestSupport
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import Testing

@Suite("A prune as a session, and what others do to it")
struct PruneSessionTests {
  private let fixture: PruneFixture
  private var sample: SampleRepository { fixture.sample }

  init() throws { fixture = try PruneFixture() }

  /// Numbers of the segments of each session, as far as any has been seen, and what was seen to be wrong.
  private struct Observed {
    var highest: [SnapshotID: UInt32] = [:]
    var gaps: [String] = []

    /// The segments of a session that is announced stand from the first to the last: a fence counts on it.
    mutating func look(at contents: [ObjectName: [UInt8]]) {
      let segments = contents.keys.filter { $0.area == .index }.compactMap { SegmentID(text: $0.name) }
      for session in contents.keys.filter({ $0.area == .intents }).compactMap({ SnapshotID(hex: $0.name) }) {
        let numbers = Set(segments.filter { $0.session == session }.map(\.number))
        let last = max(highest[session] ?? 0, numbers.max() ?? 0)
        highest[session] = last
        if numbers.count != Int(last) { gaps.append("\(session): \(numbers.sorted()) of \(last)") }
      }
    }
  }

  @Test("The segments of a session that is announced stand, also when a prune replaces what it has written itself")
  func ownSegments() throws {
    let kept = fixture.files(["k"])
    let first = try sample.backUp(kept.merging(fixture.files(["a"], 30_000)) { $1 })
    let second = try sample.backUp(kept.merging(fixture.files(["b"], 30_000)) { $1 }, sequence: 2)
    try sample.backUp(kept, sequence: 3)
    try fixture.forget(first)
    // A prune that was cut off when it had announced its packs.
    var packs: [PackID] = []
    try sample.repository.index.forEachPack { pack, _ in packs.append(pack.id) }
    let tombstone = Tombstone(number: 1, time: SampleRepository.time, packs: packs.sorted())
    #expect(try sample.repository.context.publish(tombstone: tombstone))
    try fixture.forget(second)
    let observed = Mutex(Observed())
    let faulty = FaultyBackend(sample.backend)
    let storage = sample.backend
    for operation in [FaultyBackend.Operation.list, .delete, .size, .commit] {
      for call in 1...300 {
        faulty.inject(.pause { observed.withLock { $0.look(at: storage.contents) } }, into: operation, call: call)
      }
    }
    try fixture.prune(repository: try sample.repository.reopened(on: faulty))
    #expect(observed.withLock { $0.gaps } == [])
    #expect(observed.withLock { $0.highest.values.filter { $0 > 0 }.count } >= 2, "it has replaced what it had written")
    #expect(sample.names(.intents).isEmpty)
    try fixture.verify()
  }

  @Test("What another process does to the cached index takes nothing away that is needed")
  func emptiedCache() throws {
    var call = 1
    while true {
      let fixture = try PruneFixture(seed: UInt64(call))
      let kept = fixture.files(["k"])
      let first = try fixture.sample.backUp(kept.merging(fixture.files(["a"], 30_000)) { $1 })
      try fixture.sample.backUp(kept, sequence: 2)
      try fixture.forget(first)
      let faulty = FaultyBackend(fixture.backend)
      let repository = try fixture.repository.reopened(on: faulty)
      faulty.inject(.pause { _ = try? repository.index.clear() }, into: .list, call: call)
      // It may give up, and the next one goes on.
      _ = try? fixture.prune(repository: repository)
      try fixture.verify("the cache was emptied at list \(call)")
      try fixture.prune()
      try fixture.verify("the cache was emptied at list \(call), after another prune")
      if faulty.calls(of: .list) < call { break }
      call += 1
    }
    #expect(call > 5)
  }

  @Test("A decision that is found is carried out when sessions that may refer to its packs have ended")
  func foundDecision() throws {
    let files = fixture.files(["a"], 40_000)
    let first = try sample.backUp(files)
    let session = try sample.begin()
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(files)
    try fixture.forget(first)
    // Whoever has a write key can write such a decision.
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let set = PackSet(number: 1, time: SampleRepository.time, packs: packs)
    #expect(try sample.repository.context.publish(tombstone: set))
    #expect(try sample.repository.context.publish(sweepRecord: set))
    #expect(try fixture.prune().waitingFor.map(\.id) == [session.snapshotID])
    try session.finish()
    try sample.repository.commit(sample.snapshot(of: tree, session: session, sequence: 2), of: session)
    sample.remember(files, as: session.snapshotID)
    #expect(try fixture.prune().waitingFor.isEmpty)
    try fixture.verify()
  }

  @Test("Nobody waits for a session whose fencing was cut off")
  func halfFenced() throws {
    let session = try sample.begin()
    let record = AbortRecord(id: session.snapshotID, time: SampleRepository.time, tombstone: 0)
    #expect(
      try sample.repository.context.publish(
        .abort, in: .snapshots, as: session.snapshotID.hex, body: record.encode(), "abort record"))
    let first = try sample.backUp(fixture.files(["a"]))
    try fixture.forget(first)
    let report = try fixture.prune()
    #expect(report.waitingFor.isEmpty && report.removed.count > 0)
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("Marks are not those of a pack that the index describes anew")
  func describedAnew() throws {
    try sample.backUp(fixture.files(["a"]))
    let repository = sample.repository
    let context = repository.context
    try repository.refreshIndex()
    let marks = try LiveChunks(
      named: repository.index.packNumbers(), packs: context.listPacks(), condemned: [], context: context,
      index: repository.index, trees: repository.trees)
    for snapshot in try repository.snapshots().snapshots { try marks.mark(snapshot) }
    func marked() throws -> Int {
      var count = 0
      try repository.index.forEachPack { pack, number in
        if marks.marks(of: pack, number)?.contains(true) == true { count += 1 }
      }
      return count
    }
    #expect(try marked() == sample.names(.packs).count)
    try repository.index.clear()
    try repository.refreshIndex()
    #expect(try marked() == 0)
    #expect(try context.listPacks().allSatisfy { marks.knows($0.id) })
  }
}
