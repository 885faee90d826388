import Backend
import BackendTestSupport
import Cryptography
import Format
@testable import Repository
import RepositoryFixture
import Synchronization
import TestSupport
import Testing

@Suite("Prunes beside other sessions")
struct PruneProtocolTests {
  let fixture: PruneFixture
  var sample: SampleRepository { fixture.sample }

  init() throws { fixture = try PruneFixture() }

  private func store(_ bytes: [UInt8], in session: WriteSession) throws -> ChunkWriter.Outcome {
    let writer = try session.chunkWriter()
    let outcome = try bytes.withUnsafeBytes { try writer.store($0, kind: .data) }
    try writer.flush()
    return outcome
  }

  private func code(_ body: () throws -> Void) -> RepositoryError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? RepositoryError)?.code
    }
  }

  @Test("The rest waits for a backup that is running, and what it refers to is rescued")
  func running() throws {
    let files = fixture.files(["a", "b"], 40_000)
    let first = try sample.backUp(files)
    let session = try sample.begin()
    // It finds everything stored, and the snapshot is forgotten before it commits.
    let writer = try session.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(files)
    try writer.flush()
    #expect(session.counters.newChunks == 0)
    try fixture.forget(first)
    let report = try fixture.prune()
    #expect(report.waitingFor.map(\.id) == [session.snapshotID])
    #expect(report.removed.count == 0)
    #expect(sample.names(.tombstones).count == 1)
    // Another backup may not refer to what is condemned.
    let other = try sample.begin()
    let byte = try #require(files["d/a"]?.prefix(200).map { $0 })
    #expect(try store(byte, in: other).isNew)
    try sample.repository.abandon(other)
    try session.finish()
    try sample.repository.commit(sample.snapshot(of: tree, session: session, sequence: 2), of: session)
    sample.remember(files, as: session.snapshotID)
    let finished = try fixture.prune()
    #expect(finished.waitingFor.isEmpty)
    #expect(sample.names(.tombstones).isEmpty)
    try fixture.verify()
  }

  @Test("A session that was fenced off publishes neither snapshot nor segment")
  func fenced() throws {
    let session = try sample.begin()
    _ = try store(fixture.noise(500), in: session)
    let late = try sample.begin()
    let writer = try late.chunkWriter()
    let tree = try TreeBuilder(writer: writer).store(["d/a": []])
    try writer.flush()
    try late.finish()
    var options = PruneFixture.thorough
    options.fencingAge = .zero
    #expect(try fixture.prune(options).fenced.count == 2)
    #expect(sample.names(.intents).isEmpty)
    let segments = sample.names(.index)
    #expect(code { try session.finish() } == .fenced)
    #expect(code { try sample.repository.commit(sample.snapshot(of: tree, session: late), of: late) } == .fenced)
    #expect(sample.names(.index) == segments)
    #expect(try sample.repository.snapshots().snapshots.isEmpty)
    // What it could not enter is entered by the session in its place.
    #expect(session.unpublishedPacks.count == 1)
    let again = try sample.repository.beginWriting(by: PruneFixture.owner, adopting: session.unpublishedPacks)
    let id = try #require(session.unpublishedPacks.first?.directory.chunks.first?.id)
    #expect(try again.chunkWriter().isStored(id))
    try sample.repository.abandon(again)
  }

  @Test("Packs that no segment names are left alone while anybody may enter them")
  func orphans() throws {
    let session = try sample.begin()
    _ = try store(fixture.noise(500), in: session)
    try session.finish()
    for name in sample.names(.index) { try sample.backend.delete(name) }
    #expect(try fixture.prune().orphans.count == 0)
    #expect(sample.names(.packs).count == 1)
    try sample.repository.abandon(session)
    #expect(try fixture.prune().orphans.count == 1)
    #expect(sample.names(.packs).isEmpty)
  }

  @Test("Of two prunes the younger gives way")
  func twoPrunes() throws {
    let intent = PruneFixture.owner.intent(.prune, id: SnapshotID(high: 0, low: 0))
    try sample.repository.context.publish(intent)
    #expect(code { try fixture.prune() } == .busy)
    // Dead ones don't count.
    try fixture.prune(watch: PruneFixture.watch(isDead: true))
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("A decision that was recorded is carried out as it is, by whoever finds it")
  func recorded() throws {
    let files = fixture.files(["a"], 40_000)
    let first = try sample.backUp(files)
    try fixture.forget(first)
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let context = sample.repository.context
    let time = SampleRepository.time
    #expect(try context.publish(tombstone: Tombstone(number: 1, time: time, packs: packs)))
    #expect(try context.publish(sweepRecord: SweepRecord(number: 1, time: time, packs: [packs[0]])))
    var options = PruneFixture.thorough
    options.unused = .unlimited
    _ = try fixture.prune(options)
    #expect(!sample.names(.packs).contains(try .pack(packs[0])))
    #expect(sample.names(.tombstones).isEmpty)
    try fixture.verify()
  }

  @Test("A tombstone that goes after it was listed takes segments with it that were listed meanwhile")
  func goneTombstone() throws {
    let files = fixture.files(["a"], 40_000)
    try fixture.forget(try sample.backUp(files))
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let faulty = FaultyBackend(sample.backend)
    let caches = TemporaryDirectory(inMemory: true)
    let writer = try sample.repository.client(
      on: faulty, cacheDirectory: caches.path, execution: sample.repository.context.execution)
    try writer.refreshIndex()
    #expect(
      try sample.repository.context.publish(
        tombstone: Tombstone(number: 1, time: SampleRepository.time, packs: packs)))
    // The rest of a prune that had looked for sessions before the writer announced itself.
    let storage = sample.backend
    faulty.afterListing(.index) { [names = sample.names(.index) + sample.names(.packs) + sample.names(.tombstones)] in
      try? storage.delete(names)
    }
    let session = try writer.beginWriting(by: PruneFixture.owner)
    #expect(sample.names(.tombstones).isEmpty && sample.names(.packs).isEmpty)
    let chunks = try session.chunkWriter()
    _ = try TreeBuilder(writer: chunks).store(files)
    try chunks.flush()
    #expect(session.counters.newChunks > 0)
    try session.finish()
    try writer.abandon(session)
  }

  @Test("Of two decisions about a tombstone the first counts")
  func decidedMeanwhile() throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    let packs = sample.names(.packs)
    let repository = sample.repository
    let session = try sample.begin()
    var options = PruneFixture.thorough
    options.patience = .seconds(10)
    let watch = PruneFixture.watch {
      do {
        _ = try repository.context.publish(
          sweepRecord: SweepRecord(number: 1, time: SampleRepository.time, packs: []))
        try repository.abandon(session)
      } catch {
        Issue.record(error)
      }
    }
    #expect(try fixture.prune(options, watch: watch).removed.count == 0)
    #expect(sample.names(.packs) == packs)
    #expect(sample.names(.tombstones).isEmpty)
  }

  @Test("Of what was condemned for the sake of packs that a repair has set aside since, what is needed stays")
  func setAsideMeanwhile() throws {
    let files = fixture.files(["a"], 40_000)
    try sample.backUp(files)
    try fixture.storeAgain(files)
    let session = try sample.begin()
    var options = PruneFixture.thorough
    options.patience = .seconds(10)
    let (repository, backend) = (sample.repository, fixture.backend)
    let watch = PruneFixture.watch {
      do {
        // A repair that began before the tombstone has not read the chunks, and finds them in the packs that it names.
        let context = repository.context
        let condemned = Set(try context.tombstone(1).packs)
        for id in try context.listSegments() where try condemned.isDisjoint(with: context.segment(id).packs.map(\.id)) {
          try backend.delete(.segment(id))
        }
        for pack in try context.listPacks() where !condemned.contains(pack.id) {
          _ = try backend.quarantine(.pack(pack.id))
        }
        try repository.abandon(session)
      } catch {
        Issue.record(error)
      }
    }
    #expect(try fixture.prune(options, watch: watch).removed.count == 0)
    #expect(sample.backend.quarantined.count == 2)
    try fixture.verify()
  }

  @Test("A condemned copy of a chunk stays when the other one can't be read")
  func condemnedCopy() throws {
    let files = fixture.files(["a"], 40_000)
    try sample.backUp(files)
    try fixture.storeAgain(files)
    let copies = try fixture.packs(ofFirstChunkOf: try #require(files["d/a"]))
    try #require(copies.count == 2)
    try fixture.damage(copies[0].id) { $0[Int(copies[0].directory.frames[0].offset) + 3] ^= 1 }
    let tombstone = Tombstone(number: 1, time: SampleRepository.time, packs: [copies[1].id])
    #expect(try sample.repository.context.publish(tombstone: tombstone))
    try fixture.prune()
    try fixture.verify()
  }

  @Test("A sweep record that no prune made removes nothing that a snapshot needs")
  func forgedSweep() throws {
    try sample.backUp(fixture.files(["a"], 40_000))
    let context = sample.repository.context
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let time = SampleRepository.time
    #expect(try context.publish(tombstone: Tombstone(number: 1, time: time, packs: packs)))
    #expect(try context.publish(sweepRecord: SweepRecord(number: 1, time: time, packs: packs)))
    #expect(try fixture.prune().warnings.count == 1)
    #expect(sample.names(.tombstones).isEmpty)
    try fixture.verify()
  }

  @Test("A session that begins in the future can be fenced off")
  func future() throws {
    var owner = PruneFixture.owner
    owner.time = Timestamp(seconds: SampleRepository.time.seconds + 1_000_000)
    _ = try sample.repository.beginWriting(by: owner)
    var options = PruneFixture.thorough
    #expect(try fixture.prune(options).fenced.isEmpty)
    #expect(sample.names(.intents).count == 1)
    options.fencingAge = .zero
    #expect(try fixture.prune(options).fenced.count == 1)
    #expect(sample.names(.intents).isEmpty)
  }

  @Test("Fencing takes the name that the session publishes next, whatever stands above it", arguments: [5, UInt32.max])
  func fencedBelow(planted: UInt32) throws {
    let session = try sample.begin()
    let id = SegmentID(session: session.snapshotID, number: planted)
    #expect(try sample.repository.context.publish(IndexSegment(), as: id))
    _ = try store(fixture.noise(500), in: session)
    var options = PruneFixture.thorough
    options.fencingAge = .zero
    #expect(try fixture.prune(options).fenced.count == 1)
    #expect(code { try session.finish() } == .fenced)
  }

  @Test("Objects under numbers that no prune has come to are set aside, and stop nobody", arguments: [false, true])
  func planted(isSealed: Bool) throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    try sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    let number = Limits.jsonNumber
    let time = SampleRepository.time
    if isSealed {
      let context = sample.repository.context
      #expect(try context.publish(tombstone: Tombstone(number: number, time: time, packs: [])))
      #expect(try context.publish(sweepRecord: SweepRecord(number: number, time: time, packs: [])))
    } else {
      try sample.backend.put(.pruneRecord(.tombstones, number), [1, 2, 3])
      try sample.backend.put(.pruneRecord(.sweeps, number), [1, 2, 3])
    }
    let report = try fixture.prune()
    #expect(report.removed.count > 0 && report.warnings.map(\.reason) == [.damaged, .damaged])
    #expect(sample.backend.quarantined.count == 2)
    #expect(sample.names(.tombstones).isEmpty)
    #expect(sample.names(.sweeps) == [try .pruneRecord(.sweeps, 1)])
    try fixture.verify()
    try sample.backUp(fixture.files(["c"], 40_000), sequence: 3)
    #expect(try fixture.prune().warnings.isEmpty)
  }

  @Test("A sweep record that can't be read makes no tombstone below it void")
  func unreadableSweep() throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let context = sample.repository.context
    #expect(try context.publish(tombstone: Tombstone(number: 1, time: SampleRepository.time, packs: packs)))
    try sample.backend.put(.pruneRecord(.sweeps, 2), [1, 2, 3])
    #expect(try context.pruneRecords().open == 1)
    #expect(try context.pruneRecords().next == 3)
    #expect(try fixture.prune().removed.count == packs.count)
  }

  @Test(
    "Records of a prune that can't be read are set aside, and what they named that is needed stays",
    arguments: [[RecordKind.tombstone], [.sweep], [.tombstone, .sweep]], [false, true])
  func unreadable(damaged: [RecordKind], hasDecided: Bool) throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    let dead = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    try sample.backUp(fixture.files(["b"], 40_000), sequence: 2)
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let context = sample.repository.context
    let time = SampleRepository.time
    #expect(try context.publish(tombstone: Tombstone(number: 1, time: time, packs: packs)))
    if hasDecided { #expect(try context.publish(sweepRecord: SweepRecord(number: 1, time: time, packs: dead))) }
    var damagedNames: [ObjectName] = []
    if damaged.contains(.tombstone) { damagedNames.append(try .pruneRecord(.tombstones, 1)) }
    if damaged.contains(.sweep), hasDecided { damagedNames.append(try .pruneRecord(.sweeps, 1)) }
    for name in damagedNames { sample.backend.damage(name) { $0?[60] ^= 1 } }
    if damaged.contains(.tombstone) {
      #expect { try sample.begin() } throws: { "\($0)".contains("run prune") }
      for name in sample.names(.intents) { try sample.backend.delete(name) }
    }
    let report = try fixture.prune()
    #expect(report.warnings.count == damagedNames.count)
    #expect(Set(sample.backend.quarantined.map(\.name)) == Set(damagedNames))
    #expect(sample.names(.tombstones).isEmpty)
    for pack in dead { #expect(!sample.names(.packs).contains(try .pack(pack))) }
    try fixture.verify()
    try sample.backUp(fixture.files(["c"], 40_000), sequence: 3)
    #expect(try fixture.prune().warnings.isEmpty)
  }

  @Test("A prune that was fenced off stops before it removes anything, and leaves its tombstone")
  func fencedPrune() throws {
    try fixture.forget(try sample.backUp(fixture.files(["a"], 40_000)))
    let packs = sample.names(.packs)
    let repository = sample.repository
    // While it waits for this session, somebody takes it for dead.
    let session = try sample.begin()
    var options = PruneFixture.thorough
    options.patience = .seconds(10)
    let watch = PruneFixture.watch {
      do {
        for other in try repository.context.announcedSessions() where other.intent?.task == .prune {
          _ = try repository.context.fence(other.id, tombstone: 9, now: SampleRepository.time)
        }
        try repository.abandon(session)
      } catch {
        Issue.record(error)
      }
    }
    #expect(code { try fixture.prune(options, watch: watch) } == .fenced)
    #expect(sample.names(.packs) == packs)
    #expect(sample.names(.tombstones).count == 1)
    try fixture.prune()
    #expect(sample.names(.packs).isEmpty)
  }

  @Test("Of two tombstones that stand, since one was published late, both are finished")
  func twoTombstones() throws {
    let kept = fixture.files(["a"])
    try fixture.forget(try sample.backUp(kept.merging(fixture.files(["b"], 40_000)) { $1 }))
    try sample.backUp(kept, sequence: 2)
    let context = sample.repository.context
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    let time = SampleRepository.time
    #expect(try context.publish(tombstone: Tombstone(number: 1, time: time, packs: [packs[0]])))
    #expect(try context.publish(sweepRecord: SweepRecord(number: 1, time: time, packs: [])))
    #expect(try context.publish(tombstone: Tombstone(number: 2, time: time, packs: packs)))
    try fixture.prune()
    #expect(sample.names(.tombstones).isEmpty)
    #expect(sample.names(.sweeps).count == 1)
    try fixture.verify()
  }

  @Test("A prune that another one overtook while it rewrote the index says so, though they share a cache")
  func overtakenInTheIndex() throws {
    let kept = fixture.files((0..<6).map { "k\($0)" })
    let first = try sample.backUp(kept.merging(fixture.files(["c"], 30_000)) { $1 })
    try sample.backUp(kept, sequence: 2)
    try fixture.forget(first)
    let memory = sample.backend
    let faulty = FaultyBackend(memory)
    let repository = try sample.repository.reopened(on: faulty)
    let other = sample.repository
    let lists = Mutex(0)
    for call in 1...100 {
      faulty.inject(
        .pause {
          guard memory.contents.keys.contains(where: { $0.area == .sweeps }) else { return }
          // The first two lists are those of the segments; the third comes when they have been read.
          guard
            lists.withLock({
              $0 += 1; return $0
            }) == 3
          else { return }
          var options = PruneFixture.thorough
          options.fencingAge = .zero
          do {
            _ = try other.prune(options, by: PruneFixture.owner, watch: PruneFixture.watch())
          } catch {
            Issue.record(error)
          }
        }, into: .list, call: call)
    }
    #expect(code { try fixture.prune(repository: repository) } == .fenced)
    #expect(lists.withLock { $0 } >= 3)
    try fixture.verify()
  }

  @Test("A tombstone below a sweep record means nothing and is removed")
  func void() throws {
    try sample.backUp(fixture.files(["a"]))
    let context = sample.repository.context
    let packs = try sample.names(.packs).map { try #require(PackID(hex: $0.name)) }
    #expect(try context.publish(tombstone: Tombstone(number: 3, time: SampleRepository.time, packs: packs)))
    #expect(try context.publish(sweepRecord: SweepRecord(number: 5, time: SampleRepository.time, packs: [])))
    #expect(try context.pruneRecords().open == nil)
    #expect(try context.pruneRecords().next == 6)
    try fixture.prune()
    #expect(sample.names(.tombstones).isEmpty)
    try fixture.verify()
  }

  @Test("Failing at any call, a prune loses nothing, and the next one does the rest")
  func failures() throws {
    let kept = fixture.files((0..<6).map { "k\($0)" })
    let first = try sample.backUp(kept.merging(fixture.files(["c"], 30_000)) { $1 })
    try sample.backUp(kept.merging(fixture.files(["d"])) { $1 }, sequence: 2)
    try fixture.forget(first)
    let start = sample.backend.contents
    var points = 0
    for operation in FaultyBackend.Operation.allCases {
      for fault in [FaultyBackend.Fault.fail(.io), .loseReply(.io)] {
        for call in 1... {
          let memory = InMemoryBackend(contents: start)
          let faulty = FaultyBackend(memory)
          let repository = try sample.repository.reopened(on: faulty)
          let before = faulty.calls(of: operation)
          faulty.inject(fault, into: operation, call: call)
          let error = code { try fixture.prune(repository: repository) }
          if faulty.calls(of: operation) - before < call { break }
          points += 1
          try verify(memory.contents, "\(operation) \(call): \(String(describing: error))")
          let again = InMemoryBackend(contents: memory.contents)
          _ = try fixture.prune(
            repository: sample.repository.reopened(on: again), watch: PruneFixture.watch(isDead: true))
          try verify(again.contents, "after \(operation) \(call)")
          let packs = again.contents.keys.count { $0.area == .packs }
          #expect(packs == 4, "\(operation) \(call): garbage stays")
        }
      }
    }
    #expect(points > 100)
  }

  private func verify(_ contents: [ObjectName: [UInt8]], _ comment: Comment) throws {
    let repository = try sample.repository.reopened(on: InMemoryBackend(contents: contents))
    try repository.refreshIndex()
    let snapshots = try repository.snapshots().snapshots
    #expect(snapshots.count == 1, comment)
    for snapshot in snapshots {
      #expect(throws: Never.self, comment) {
        let files = try repository.readAll(snapshot)
        #expect(files == sample.files[snapshot.id], comment)
      }
    }
  }
}
