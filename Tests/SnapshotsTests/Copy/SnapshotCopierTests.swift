import Backend
import BackendTestSupport
import Cryptography
import Format
import Patterns
@testable import Repository
import Snapshots
import Synchronization
import TestSupport
import Testing

@Suite("Copying snapshots to other repositories")
struct SnapshotCopierTests {
  let fixture: CopyFixture

  init() throws { fixture = try CopyFixture() }

  @Test("every snapshot is there with all that it holds, and says of itself what it said", arguments: [false, true])
  func everything(isLike: Bool) throws {
    let taken = try fixture.fill(isWide: true)
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let events = try fixture.copy(to: [place])
    #expect(events.copied.map(\.original.id) == taken.map(\.snapshot.id))
    #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
    #expect(try fixture.contents.count == 2)
    try place.verify()
    #expect(place.names(.intents).isEmpty)
    for copied in events.copied {
      let copy = try place.repository.storedSnapshot(try #require(copied.id)).snapshot
      var expected = copied.original
      expected.id = copy.id
      expected.roots = copy.roots
      expected.replaces = [try fixture.archive.hash(of: copied.original.id)]
      expected.parent = copied.original.parent.flatMap { parent in
        events.copied.first { $0.original.id == parent }.flatMap(\.id)
      }
      #expect(copy == expected)
      #expect((copy.roots == copied.original.roots) == isLike)
    }
  }

  @Test("run again, it does nothing and says so", arguments: [false, true])
  func again(isLike: Bool) throws {
    let taken = try fixture.fill()
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    try fixture.copy(to: [place])
    let before = place.memory.contents
    let events = try fixture.copy(to: [place])
    #expect(events.count == 2 && events.present == taken.map(\.snapshot.id))
    #expect(place.memory.contents == before)
  }

  @Test("large frames go as they are stored, others are gathered")
  func moving() throws {
    _ = try fixture.fill()
    for place in [try CopyPlace(like: fixture.source), try CopyPlace()] {
      try fixture.copy(to: [place])
      let target = Int(place.repository.configuration.frameTarget)
      let moved = try frames(place.repository).filter { Int($0.rawLength) * 2 >= target }
      let stored = try frames(fixture.source)
      let same = moved.filter { frame in
        stored.contains { $0.rawLength == frame.rawLength && $0.sealedLength == frame.sealedLength }
      }
      // Gathering leaves a few that no source frame is like.
      #expect(same.count > stored.count / 2 && same.count > moved.count / 2, "\(same.count) of \(moved.count)")
    }
  }

  private func frames(_ repository: Repository) throws -> [PackDirectory.FrameEntry] {
    var frames: [PackDirectory.FrameEntry] = []
    try repository.index.forEachPack { pack, _ in
      if pack.kind == .data { frames += pack.directory.frames }
    }
    return frames
  }

  @Test("chunks that a target has are not stored again with the frame that they are in")
  func partlyKnown() throws {
    try fixture.archive.source.write("one", fixture.words(4_000))
    let place = try CopyPlace(like: fixture.source)
    _ = try fixture.archive.backUp(to: place.repository)
    try fixture.archive.source.write("two", fixture.words(60_000))
    _ = try fixture.archive.backUp()
    try fixture.copy(to: [place])
    var ids: [ChunkID] = []
    try place.repository.index.forEachPack { pack, _ in
      if pack.kind == .data { ids += pack.directory.chunks.map(\.id) }
    }
    #expect(Set(ids).count == ids.count)
    #expect(ids.count > 10)
  }

  @Test("what was copied before is neither stored nor read again")
  func incremental() throws {
    _ = try fixture.fill()
    let slow = FaultyBackend(fixture.archive.memory)
    let cache = CacheDirectory()
    let source = try Repository.open(slow, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    let places = [try CopyPlace(), try CopyPlace(like: source)]
    try fixture.copy(from: source, to: places)
    try fixture.archive.source.write("newer", fixture.words(3_000))
    _ = try fixture.archive.backUp()
    let before = slow.calls(of: .read)
    let copied = try fixture.copy(from: source, to: places).copied
    #expect(copied.count == 2 && copied.allSatisfy { $0.newBytes < 100_000 })
    // The snapshot, the segment, and a pack of each kind; once more where its object is looked at again.
    #expect(slow.calls(of: .read) - before < 12)
    for place in places { try place.verify() }
  }

  @Test("a backup to a repository that is like the source finds what was copied")
  func deduplication() throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: fixture.source)
    try fixture.copy(to: [place])
    let taken = try fixture.archive.backUp(to: place.repository) { $0.parent = .none }
    #expect(taken.statistics.newBytes == 0)
    let third = try CopyPlace(like: place.repository)
    #expect(third.repository.hasSameChunkIDs(as: fixture.source))
    let cache = CacheDirectory()
    let reopened = try Repository.open(third.memory, password: SecretName.target.secret, cacheDirectory: cache.path)
    #expect(reopened.hasSameChunkIDs(as: fixture.source))
    #expect(reopened.withChunkerKey { Array($0) } == fixture.source.withChunkerKey { Array($0) })
    #expect(try !CopyPlace().repository.hasSameChunkIDs(as: fixture.source))
  }

  @Test("a target that fails at any time is named, and the others get everything", arguments: 1...12)
  func oneFails(_ call: Int) throws {
    _ = try fixture.fill()
    let places = [try CopyPlace(), try CopyPlace(), try CopyPlace(like: fixture.source)]
    places[1].faulty.inject(.fail(.io), into: .commit, call: call)
    let events = try fixture.copy(to: places)
    #expect(Set(events.failed) == [1])
    #expect(events.copied.filter { $0.target != 1 }.count == 4)
    for place in [places[0], places[2]] {
      #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
      try place.verify()
    }
    #expect(try fixture.copy(to: [places[1]]).failed.isEmpty)
    #expect(try fixture.contents(of: places[1].memory, .target) == fixture.contents)
    try places[1].verify()
  }

  @Test(
    "cut off anywhere it goes on from what was stored, and nothing stands that isn't whole",
    arguments: 0..<12 as Range<UInt64>)
  func randomFailures(seed: UInt64) throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: seed.isMultiple(of: 2) ? fixture.source : nil, seed: seed)
    let slow = FaultyBackend(fixture.archive.memory, seed: seed)
    let cache = CacheDirectory()
    let source = try Repository.open(slow, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    place.faulty.failRandomly(rate: 0.02)
    slow.failRandomly(rate: 0.005)
    for _ in 0..<3 { _ = try? fixture.copy(from: source, to: [place]) }
    place.faulty.failRandomly(rate: 0)
    slow.failRandomly(rate: 0)
    let expected = try fixture.contents
    for (time, files) in try fixture.contents(of: place.memory, .target) {
      #expect(files == expected[time], "seed \(seed)")
    }
    let events = try fixture.copy(from: source, to: [place])
    #expect(events.failed.isEmpty && events.unreadable.isEmpty, "seed \(seed)")
    #expect(try fixture.contents(of: place.memory, .target) == expected, "seed \(seed)")
    try place.verify("seed \(seed)")
    #expect(try place.repository.snapshots().snapshots.count == 2, "seed \(seed)")
  }

  @Test(
    "what a copy stored that was cut off before its snapshot stood is found by the next one", arguments: [false, true])
  func resuming(isLike: Bool) throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let first = try fixture.copy(to: [place]).copied
    try place.memory.delete(Array(place.names(.snapshots)))
    let packs = place.names(.packs)
    let second = try fixture.copy(to: [place]).copied
    #expect(first.allSatisfy { $0.newBytes > 0 } && second.map(\.newBytes) == [0, 0])
    #expect(place.names(.packs) == packs)
    #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
    try place.verify()
  }

  @Test(
    "a chunk that can't be read keeps its snapshots back, which are named with their files; others are copied",
    arguments: [false, true])
  func damage(isLike: Bool) throws {
    let taken = try fixture.fill()
    // What only the second snapshot has.
    let chunk = try fixture.chunk("new", of: taken[1])
    let pack = try #require(try fixture.pack(holding: chunk))
    let entry = try #require(pack.directory.chunks.first { $0.id == chunk })
    let name = try ObjectName.pack(pack.id)
    var bytes = try #require(fixture.archive.memory.contents[name])
    bytes[Int(pack.directory.frames[Int(entry.frame)].offset) + 3] ^= 1
    try fixture.archive.memory.delete(name)
    try fixture.archive.memory.put(name, bytes)

    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let events = try fixture.copy(to: [place])
    #expect(events.copied.map(\.original.id) == [taken[0].snapshot.id])
    let unreadable = try #require(events.unreadable.first)
    #expect(events.unreadable.count == 1 && unreadable.snapshot.id == taken[1].snapshot.id)
    #expect(unreadable.lost.paths.contains(Array(fixture.archive.source.full("new").utf8)))
    #expect(unreadable.lost.pathCount == unreadable.lost.paths.count)
    #expect(events.failed.isEmpty)
    #expect(place.names(.snapshots).count == 1 && place.names(.intents).isEmpty)
    try place.verify()
  }

  @Test("of a snapshot one chunk of which is in no pack nothing is copied", arguments: [false, true])
  func lost(isLike: Bool) throws {
    let taken = try fixture.fill()
    try fixture.lose(try fixture.chunk("sparse", of: taken[0]))
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let said = try fixture.rehearse(to: [place])
    #expect(said.copied.isEmpty && said.unreadable.map(\.snapshot.id) == taken.map(\.snapshot.id))
    let events = try fixture.copy(to: [place])
    #expect(events.copied.isEmpty && events.failed.isEmpty)
    #expect(events.unreadable.map(\.snapshot.id) == taken.map(\.snapshot.id))
    #expect(events.unreadable.allSatisfy { $0.lost.paths.contains(Array(fixture.archive.source.full("sparse").utf8)) })
    #expect(place.names(.packs).isEmpty && place.names(.intents).isEmpty)
  }

  @Test("a segment that says that another chunk lies where one was copied doesn't have that one's bytes copied for it")
  func lyingSegment() throws {
    let files = fixture.archive.source
    try files.write("mine", String(repeating: "m", count: 60))
    let first = try fixture.archive.backUp()
    let place = try CopyPlace()
    try fixture.copy(to: [place])
    let segments = fixture.archive.memory.contents.filter { $0.key.area == .index }
    files.remove("mine")
    try files.write("yours", String(repeating: "y", count: 60))
    let second = try fixture.archive.backUp { $0.parent = .automatic }

    let context = fixture.source.context
    let mine = try fixture.chunk("mine", of: first)
    let yours = try fixture.chunk("yours", of: second)
    let pack = try #require(try fixture.pack(holding: mine))
    let lie = try pack.describing(mine, as: yours)
    let truth = fixture.archive.memory.contents.filter { $0.key.area == .index }
    // Nobody has told the copier of the other place before this one.
    try fixture.archive.memory.delete(Array(truth.keys))
    try fixture.source.refreshIndex()
    #expect(
      try context.publish(IndexSegment(packs: [lie]), as: SegmentID(session: SnapshotID(high: 1, low: 1), number: 1)))
    try fixture.source.refreshIndex()
    for (name, bytes) in truth where segments[name] == nil { try fixture.archive.memory.put(name, bytes) }
    try fixture.source.refreshIndex()
    #expect(try fixture.source.index.reader().places(of: yours, kind: .data).count == 2)

    try fixture.copy(to: [place])
    let copied = try #require(try fixture.contents(of: place.memory, .target)[second.snapshot.time])
    #expect(copied["yours"] == Array(repeating: UInt8(ascii: "y"), count: 60))
    try place.verify()
  }

  @Test("a snapshot that is forgotten meanwhile is passed over")
  func forgotten() throws {
    let taken = try fixture.fill()
    let place = try CopyPlace()
    let other = CacheDirectory()
    let somebody = try fixture.archive.reopened(cache: other)
    let events = try fixture.copy(to: [place]) { event in
      if case .copied = event { try somebody.forget([taken[1].snapshot.id]) }
    }
    #expect(events.gone == [taken[1].snapshot.id])
    #expect(events.copied.map(\.original.id) == [taken[0].snapshot.id])
    try place.verify()
  }

  @Test("a prune of the source that moves what is being read costs nothing", arguments: 2...6)
  func prunedSource(_ read: Int) throws {
    let taken = try fixture.fill()
    let slow = FaultyBackend(fixture.archive.memory)
    let cache = CacheDirectory()
    let source = try Repository.open(slow, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path)
    try source.refreshIndex()
    let other = CacheDirectory()
    let somebody = try fixture.archive.reopened(cache: other)
    let place = try CopyPlace()
    let pruned = Mutex<Result<PruneReport, any Error>?>(nil)
    _ = try source.snapshots()
    slow.inject(
      .pause {
        pruned.withLock { pruned in
          pruned = Result {
            try somebody.forget([taken[0].snapshot.id])
            var options = PruneOptions()
            options.unused = .percentage(0)
            return try somebody.prune(options, by: .test, watch: Self.watch)
          }
        }
      }, into: .read, call: read)
    let events = try fixture.copy(from: source, to: [place])
    let report = try #require(try pruned.withLock { try $0?.get() })
    #expect(report.removed.count > 0)
    #expect(events.failed.isEmpty && events.unreadable.isEmpty)
    #expect(Set(events.gone + events.copied.map(\.original.id)) == Set(taken.map(\.snapshot.id)))
    #expect(events.copied.map(\.original.id).contains(taken[1].snapshot.id))
    let expected = try fixture.contents
    let found = try fixture.contents(of: place.memory, .target)
    #expect(found[taken[1].snapshot.time] == expected[taken[1].snapshot.time])
    try place.verify()
  }

  private static let watch = SessionWatch(
    now: { Timestamp(seconds: 4_000_000_100) }, pause: { _ in }, isDead: { _ in false })

  @Test("a prune of the target that takes it for dead makes it start again", arguments: 2...6)
  func fenced(before commit: Int) throws {
    _ = try fixture.fill()
    let place = try CopyPlace()
    let cache = CacheDirectory()
    let other = try Repository.open(place.memory, password: SecretName.target.secret, cacheDirectory: cache.path)
    let pruned = Mutex<Result<PruneReport, any Error>?>(nil)
    place.faulty.inject(
      .pause {
        pruned.withLock { pruned in
          pruned = Result {
            var options = PruneOptions()
            options.fencingAge = .zero
            return try other.prune(options, by: .test, watch: Self.watch)
          }
        }
      }, into: .commit, call: commit)
    let events = try fixture.copy(to: [place])
    #expect(try #require(try pruned.withLock { try $0?.get() }).fenced.count == 1)
    #expect(events.failed.isEmpty && events.copied.count == 2)
    #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
    #expect(place.names(.intents).isEmpty)
    try place.verify()
  }

  @Test("after a prune of the target has removed what was copied, it is copied again", arguments: [false, true])
  func prunedTarget(isLike: Bool) throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let ids = try fixture.copy(to: [place]).copied.compactMap(\.id)
    let cache = CacheDirectory()
    let other = try Repository.open(place.memory, password: SecretName.target.secret, cacheDirectory: cache.path)
    try other.forget(ids)
    var options = PruneOptions()
    options.unused = .percentage(0)
    options.patience = .zero
    _ = try other.prune(options, by: .test, watch: Self.watch)
    #expect(place.names(.packs).isEmpty)
    #expect(try fixture.copy(to: [place]).copied.count == 2)
    #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
    try place.verify()
  }

  @Test("what goes from a target between two snapshots is copied again for the second", arguments: [false, true])
  func prunedBetween(isLike: Bool) throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let cache = CacheDirectory()
    let other = try Repository.open(place.memory, password: SecretName.target.secret, cacheDirectory: cache.path)
    var options = PruneOptions()
    options.unused = .percentage(0)
    options.patience = .zero
    var isPruned = false
    try fixture.copy(to: [place]) { event in
      guard case .copied(let copy) = event, let id = copy.id, !isPruned else { return }
      isPruned = true
      try other.forget([id])
      _ = try other.prune(options, by: .test, watch: Self.watch)
      #expect(place.names(.packs).isEmpty)
    }
    let last = try #require(try fixture.contents.max { $0.key < $1.key })
    #expect(try fixture.contents(of: place.memory, .target) == [last.key: last.value])
    try place.verify()
  }

  @Test("a snapshot counts as copied whatever became of its tags here or there, and in every direction")
  func lineage() throws {
    let taken = try fixture.fill()
    let (first, second) = (try CopyPlace(), try CopyPlace(like: fixture.source))
    try fixture.copy(to: [first, second])
    _ = try fixture.archive.rewrite(taken[0].snapshot.id) { $0.isPinned = true }
    #expect(try fixture.copy(to: [first]).copied.isEmpty)
    let copy = try #require(try first.repository.snapshots().snapshots.last)
    _ = try fixture.archive.rewrite(copy.id, in: first.repository) { $0.tags = .set(["x"]) }
    #expect(try fixture.copy(to: [first]).copied.isEmpty)
    // Back to where it came from, and to where it came to as well.
    let home = CopyPlace(fixture.archive)
    #expect(try fixture.copy(from: first.repository, to: [home, second]).copied.isEmpty)
    // One that holds less is another one.
    _ = try fixture.archive.rewrite(taken[1].snapshot.id) { change in
      change.excluded = PathPatternList([try PathPattern(Array("large".utf8))])
      change.keepsOld = true
    }
    #expect(try fixture.copy(to: [first, second]).copied.count == 2)
    try first.verify()
    try second.verify()
  }

  @Test("what another copy brings meanwhile isn't brought again", arguments: 2...6)
  func together(before commit: Int) throws {
    _ = try fixture.fill()
    let place = try CopyPlace()
    let cache = CacheDirectory()
    let source = try fixture.archive.reopened(cache: cache)
    let other = try place.reopened(password: SecretName.target.secret)
    let brought = Mutex<Result<Int, any Error>?>(nil)
    place.faulty.inject(
      .pause { [target = other.repository] in
        brought.withLock { brought in
          brought = Result {
            let listing = try source.snapshots()
            let copier = try SnapshotCopier(
              from: source, to: [target], by: { .test }, progress: CopyProgress()
            ) { _ in }
            try copier.copy(listing.snapshots, hashes: listing.hashes)
            return try target.snapshots().snapshots.count
          }
        }
      }, into: .commit, call: commit)
    let events = try fixture.copy(to: [place])
    #expect(try #require(try brought.withLock { try $0?.get() }) == 2)
    #expect(events.failed.isEmpty && events.copied.count + events.present.count == 2)
    #expect(try place.repository.snapshots().snapshots.count == 2)
    #expect(place.names(.intents).isEmpty)
    try place.verify()
  }

  @Test("a snapshot that only says that it is the copy isn't it where a copy has the same trees")
  func planted() throws {
    let taken = try fixture.fill()
    let place = try CopyPlace(like: fixture.source)
    let session = try place.repository.beginWriting(by: .test)
    try session.finish()
    var planted = taken[0].snapshot
    planted.id = session.snapshotID
    planted.roots = taken[1].snapshot.roots
    planted.replaces = [try fixture.archive.hash(of: taken[0].snapshot.id)]
    try place.repository.commit(planted, of: session)
    #expect(try fixture.copy(to: [place]).copied.map(\.original.id) == taken.map(\.snapshot.id))
  }

  @Test("a repository isn't copied to itself, nor twice to another")
  func itself() throws {
    let place = try CopyPlace()
    for places in [[CopyPlace(fixture.archive)], [place, place]] {
      let error = #expect(throws: SnapshotsError.self) { try fixture.copy(to: places) }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("a write key of the target is enough, one of the source isn't")
  func writeKey() throws {
    _ = try fixture.fill()
    let place = try CopyPlace()
    _ = try place.repository.addKey(
      .write, password: ArchiveFixture.writePassword, label: KeySlotLabel(label: "", host: "test", user: "test"),
      cost: .least, now: Timestamp(seconds: 5))
    let writer = try place.reopened(password: ArchiveFixture.writePassword)
    #expect(try fixture.copy(to: [writer]).copied.count == 2)
    #expect(try fixture.contents(of: place.memory, .target) == fixture.contents)
    let error = #expect(throws: RepositoryError.self) {
      try fixture.copy(from: writer.repository, to: [CopyPlace(fixture.archive)])
    }
    #expect(error?.code == .forbidden)
  }

  @Test("it ends when it is asked to, and leaves no intent")
  func cancelled() throws {
    _ = try fixture.fill()
    let place = try CopyPlace()
    let progress = CopyProgress()
    let error = #expect(throws: SnapshotsError.self) {
      try fixture.copy(to: [place], progress: progress) { _ in progress.cancel() }
    }
    #expect(error?.code == .cancelled)
    #expect(place.names(.snapshots).count == 1 && place.names(.intents).isEmpty)
    try place.verify()
  }

  @Test("a rehearsal says what would be copied and changes nothing", arguments: [false, true])
  func rehearsal(isLike: Bool) throws {
    _ = try fixture.fill()
    let place = try CopyPlace(like: isLike ? fixture.source : nil)
    let before = place.memory.contents
    let events = try fixture.rehearse(to: [place])
    #expect(place.memory.contents == before)
    #expect(events.copied.count == 2 && events.copied.allSatisfy { $0.id == nil })
    let copied = try fixture.copy(to: [place]).copied
    if isLike { #expect(events.copied.map(\.newBytes) == copied.map(\.newBytes)) }
    for (said, done) in zip(events.copied, copied) {
      #expect(said.newBytes <= done.newBytes + 1_000_000 && said.newBytes > 0)
    }
  }
}
