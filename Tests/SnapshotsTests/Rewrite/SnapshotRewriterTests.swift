import Backend
import BackendTestSupport
import Cryptography
import Format
import Patterns
import Repository
import Snapshots
import Synchronization
import Testing

@Suite("Changing snapshots")
struct SnapshotRewriterTests {
  private let fixture: ArchiveFixture
  private let taken: TakenSnapshot
  private var old: Snapshot { taken.snapshot }

  init() throws {
    fixture = try ArchiveFixture()
    try fixture.source.write("file", "one")
    taken = try fixture.backUp()
  }

  /// A client of the same repository whose backend fails on demand.
  private func faulty(cache: CacheDirectory) throws -> (repository: Repository, backend: FaultyBackend) {
    let backend = FaultyBackend(fixture.memory)
    return (try Repository.open(backend, password: ArchiveFixture.fullPassword, cacheDirectory: cache.path), backend)
  }

  @Test("tags are added, then removed, or put in the place of all; all else stays")
  func tags() throws {
    let added = try fixture.rewrite(old.id) { $0.tags = .edited(adding: ["b", "a", "a"], removing: []) }.snapshot()
    var expected = old
    expected.id = added.id
    expected.tags = ["a", "b"]
    expected.replaces = added.replaces
    #expect(added == expected)
    #expect(added.id != old.id)
    #expect(try fixture.snapshots() == [added])
    #expect(fixture.names(.intents).isEmpty)

    let edited = try fixture.rewrite(added.id) { $0.tags = .edited(adding: ["c"], removing: ["a", "c", "x"]) }
      .snapshot()
    #expect(edited.tags == ["b"])
    let set = try fixture.rewrite(edited.id) { $0.tags = .set(["z", "y"]) }.snapshot()
    #expect(set.tags == ["y", "z"])
    #expect(try fixture.rewrite(set.id) { $0.tags = .set([]) }.snapshot().tags == [])
    #expect(try fixture.contents(of: taken).text("file") == "one")
  }

  @Test("a snapshot in which nothing changes is left alone")
  func unchanged() throws {
    let before = fixture.memory.contents
    #expect(try fixture.rewrite(old.id) { $0.tags = .edited(adding: [], removing: ["x"]) }.isUnchanged)
    #expect(try fixture.rewrite(old.id) { $0.isPinned = false }.isUnchanged)
    #expect(
      try fixture.rewrite(old.id) { $0.excluded = PathPatternList([try PathPattern("no such".utf8)]) }.isUnchanged)
    #expect(fixture.memory.contents == before)
  }

  @Test("a pin is set and taken off")
  func pins() throws {
    let pinned = try fixture.rewrite(old.id) { $0.isPinned = true }.snapshot()
    #expect(pinned.isPinned)
    #expect(try fixture.snapshots() == [pinned])
    #expect(try !fixture.rewrite(pinned.id) { $0.isPinned = false }.snapshot().isPinned)
  }

  @Test("it names what it replaces, by which a check finds its successor's predecessor")
  func replaced() throws {
    let oldHash = try fixture.hash(of: old.id)
    let next = try fixture.backUp().snapshot
    #expect(next.previous == oldHash)
    let first = try fixture.rewrite(old.id) { $0.isPinned = true }.snapshot()
    let firstHash = try fixture.hash(of: first.id)
    let second = try fixture.rewrite(first.id) { $0.isPinned = false }.snapshot()
    #expect(second.replaces == [oldHash, firstHash])
    #expect(try fixture.problems(.sequence).isEmpty)
    // One that only claims to be the predecessor is still found out.
    let session = try fixture.repository.beginWriting(by: fixture.owner)
    try session.finish()
    var stranger = second
    stranger.id = session.snapshotID
    stranger.replaces = []
    try fixture.repository.commit(stranger, of: session)
    try fixture.memory.delete(ObjectName(.snapshots, second.id.hex))
    #expect(try fixture.problems(.sequence).count == 1)
  }

  @Test("the new one is durable before the old one goes, and the intent goes last")
  func order() throws {
    let cache = CacheDirectory()
    let (repository, backend) = try faulty(cache: cache)
    let seen = Mutex<[[Int]]>([])
    for call in 1...2 {
      backend.inject(
        .pause { [memory = fixture.memory] in
          seen.withLock { $0.append([memory.count(.snapshots), memory.count(.intents)]) }
        }, into: .delete, call: call)
    }
    let new = try fixture.rewrite(old.id, in: repository) { $0.isPinned = true }.snapshot()
    #expect(seen.withLock { $0 } == [[2, 1], [1, 1]])
    #expect(backend.calls(of: .delete) == 2)
    #expect(fixture.names(.intents).isEmpty)
    #expect(try fixture.snapshots() == [new])
  }

  @Test("cut off before the new one was published, it leaves the old one; after, both, and doing it again finishes it")
  func cutOff() throws {
    let cache = CacheDirectory()
    let (repository, backend) = try faulty(cache: cache)
    // The first commit is the intent's.
    backend.inject(.fail(.noSpace), into: .commit, call: 2)
    #expect(throws: RepositoryError.self) { try fixture.rewrite(old.id, in: repository) { $0.isPinned = true } }
    #expect(try fixture.snapshots() == [old])
    #expect(fixture.names(.intents).isEmpty)

    backend.inject(.fail(.io), into: .delete)
    #expect {
      try fixture.rewrite(old.id, in: repository) { $0.isPinned = true }
    } throws: { "\($0)".contains("\(old.id), which could not be removed") }
    let both = try fixture.snapshots()
    #expect(both.count == 2 && both.contains(old))
    let finished = try fixture.rewrite(old.id, in: repository) { $0.isPinned = true }.snapshot()
    #expect(both.contains(finished))
    #expect(try fixture.snapshots() == [finished])

    // The storage doesn't say what became of the new one: while that may be, the intent says so.
    backend.inject(.loseReply(.io), into: .commit, call: 2)
    #expect(throws: RepositoryError.self) { try fixture.rewrite(finished.id, in: repository) { $0.isPinned = false } }
    #expect(try fixture.snapshots().count == 2)
    #expect(fixture.names(.intents).count == 1)
    #expect(try !fixture.rewrite(finished.id, in: repository) { $0.isPinned = false }.snapshot().isPinned)
    #expect(try fixture.snapshots().map(\.isPinned) == [false])
  }

  @Test("a snapshot that is gone when the work begins is not brought back")
  func gone() throws {
    let cache = CacheDirectory()
    let (repository, backend) = try faulty(cache: cache)
    let name = try ObjectName(.snapshots, old.id.hex)
    backend.inject(.pause { [memory = fixture.memory] in try? memory.delete(name) }, into: .commit)
    #expect {
      try fixture.rewrite(old.id, in: repository) { $0.isPinned = true }
    } throws: { ($0 as? SnapshotsError)?.code == .notFound }
    #expect(fixture.names(.snapshots).isEmpty && fixture.names(.intents).isEmpty)
  }

  @Test("fenced off by a prune it starts again, and gives up in the end with nothing changed")
  func fenced() throws {
    let cache = CacheDirectory()
    let (repository, backend) = try faulty(cache: cache)
    backend.inject(
      .pause { [memory = fixture.memory, real = fixture.repository] in try? memory.fence(real) }, into: .commit, call: 2
    )
    let new = try fixture.rewrite(old.id, in: repository) { $0.isPinned = true }.snapshot()
    #expect(try fixture.snapshots() == [new])
    #expect(fixture.names(.snapshots).count == 2, "the abort record stays")

    for call in [2, 4, 6] {
      backend.inject(
        .pause { [memory = fixture.memory, real = fixture.repository] in try? memory.fence(real) }, into: .commit,
        call: call)
    }
    #expect {
      try fixture.rewrite(new.id, in: repository) { $0.isPinned = false }
    } throws: { ($0 as? RepositoryError)?.code == .fenced }
    #expect(try fixture.snapshots() == [new])
    #expect(fixture.names(.intents).isEmpty)
  }

  @Test("while a prune removes a pack that it needs, a snapshot isn't changed; other packs are no matter")
  func condemned() throws {
    for pack in fixture.names(.packs) {
      let tombstone = try fixture.condemn([#require(PackID(hex: pack.name))])
      #expect {
        try fixture.rewrite(old.id) { $0.isPinned = true }
      } throws: { ($0 as? RepositoryError)?.code == .busy }
      #expect(try fixture.snapshots() == [old])
      #expect(fixture.names(.intents).isEmpty)
      try fixture.memory.delete(tombstone)
    }
    let packs = fixture.names(.packs)
    let tombstone = try fixture.condemn(packs.map { try #require(PackID(hex: $0.name)) })
    // Stores everything again, in packs that stay.
    let next = try fixture.backUp()
    #expect(fixture.names(.packs).count > packs.count)
    #expect(try fixture.rewrite(next.snapshot.id) { $0.isPinned = true }.snapshot().isPinned)
    try fixture.memory.delete(tombstone)
  }

  @Test("a rehearsal changes nothing")
  func rehearsal() throws {
    let before = fixture.memory.contents
    #expect(try fixture.rewrite(old.id, isRehearsal: true) { $0.isPinned = true }.snapshot().isPinned)
    let excluded = PathPatternList([try PathPattern("file".utf8)])
    #expect(
      try fixture.rewrite(old.id, isRehearsal: true) { $0.excluded = excluded }.snapshot().statistics.files == 0)
    #expect(fixture.memory.contents == before)
  }

  @Test("a write key is refused")
  func writeKey() throws {
    try fixture.addWriteKey()
    let cache = CacheDirectory()
    let writer = try fixture.reopened(password: ArchiveFixture.writePassword, cache: cache)
    #expect {
      try fixture.rewrite(old.id, in: writer) { $0.isPinned = true }
    } throws: { ($0 as? RepositoryError)?.code == .forbidden }
    #expect(try fixture.snapshots() == [old])
  }

  @Test("a changed snapshot counts as complete only for a client that knew the old one to be")
  func completeness() throws {
    func isComplete(_ id: SnapshotID, _ repository: Repository) throws -> Bool {
      let session = try repository.beginWriting(by: fixture.owner, isRehearsal: true)
      defer { try? repository.abandon(session) }
      return try session.isComplete(id)
    }
    let mine = try fixture.rewrite(old.id) { $0.isPinned = true }.snapshot()
    #expect(try isComplete(mine.id, fixture.repository))
    let cache = CacheDirectory()
    let other = try fixture.reopened(cache: cache)
    let theirs = try fixture.rewrite(mine.id, in: other) { $0.isPinned = false }.snapshot()
    #expect(try !isComplete(theirs.id, other))
  }
}
