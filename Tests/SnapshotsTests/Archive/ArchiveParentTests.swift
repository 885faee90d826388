import Backend
import Format
import Repository
import Snapshots
import TestSupport
import Testing

struct ArchiveParentTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws {
    fixture = try ArchiveFixture()
    source.makeDirectory("a")
    source.makeDirectory("b")
    var random = SeededGenerator(seed: 9)
    for name in ["a/one", "a/two", "b/three"] { try source.write(name, random.bytes(30_000)) }
    try source.write("large", random.bytes(5 << 20))
  }

  @Test("a snapshot of another host or of other paths is no parent")
  func others() throws {
    _ = try fixture.backUp(host: "other")
    let first = try fixture.backUp()
    #expect(first.snapshot.parent == nil)
    #expect(first.result.unchangedFiles == 0)
    #expect(first.newPacks == [], "the chunks are known all the same")
    #expect(first.snapshot.sequence == 1)
    let part = try fixture.backUp("a")
    #expect(part.snapshot.parent == nil)
    #expect(part.result.unchangedFiles == 0)
    let second = try fixture.backUp()
    #expect(second.snapshot.parent == first.snapshot.id)
    #expect(second.result.unchangedFiles == 4)
    #expect(second.snapshot.sequence == 3)
  }

  @Test("a parent can be chosen, or none")
  func choice() throws {
    let other = try fixture.backUp(host: "other")
    let chosen = try fixture.backUp { $0.parent = .snapshot(other.snapshot.id) }
    #expect(chosen.snapshot.parent == other.snapshot.id)
    #expect(chosen.result.unchangedFiles == 4)
    let none = try fixture.backUp { $0.parent = .none }
    #expect(none.snapshot.parent == nil)
    #expect(none.result.unchangedFiles == 0)
    #expect(none.root == chosen.root)
  }

  @Test("a snapshot is skipped for the same one, which gets back what it lost, if that is still there at the end")
  func skipping() throws {
    func backUp(onProblem report: @escaping @Sendable () -> Void = {}) throws -> BackupResult {
      var options = BackupOptions()
      options.skipsUnchanged = true
      return try Archiver(
        repository: fixture.repository, options: options, progress: BackupProgress { _ in report() }
      ).backUp(paths: [source.bytes(), source.bytes("missing")], label: fixture.label())
    }
    let first = try #require(try backUp().snapshot)
    let second = try backUp()
    #expect(second.identical == first.id)
    #expect(second.snapshot == nil)
    #expect(fixture.names(.intents).isEmpty)

    for name in fixture.names(.packs).union(fixture.names(.index)) { fixture.memory.damage(name) { $0 = nil } }
    #expect(try backUp().identical == first.id)
    let cache = CacheDirectory()
    let contents = try SnapshotContents(of: first, below: source.path, repository: try fixture.reopened(cache: cache))
    #expect(contents.files["large"]?.count == 5 << 20)

    // The missing path is reported while the backup is at work.
    let last = try backUp { [memory = fixture.memory, names = fixture.names(.snapshots)] in
      for name in names { memory.damage(name) { $0 = nil } }
    }
    #expect(last.identical == nil)
    #expect(last.snapshot != nil)
  }

  @Test("a parent that does not exist is refused, and no intent stays")
  func missingParent() throws {
    var random = SystemRandomNumberGenerator()
    let unknown = SnapshotID.random(using: &random)
    #expect { try fixture.backUp { $0.parent = .snapshot(unknown) } } throws: {
      ($0 as? SnapshotsError)?.code == .notFound
    }
    #expect(fixture.names(.intents).isEmpty)
    #expect(fixture.names(.snapshots).isEmpty)
  }

  @Test("what the parent refers to is stored again when its index segment and packs are gone")
  func vanishedPacks() throws {
    _ = try fixture.backUp()
    for name in fixture.names(.index).union(fixture.names(.packs)) { fixture.memory.damage(name) { $0 = nil } }
    let second = try fixture.backUp()
    #expect(second.messages == [])
    let contents = try fixture.contents(of: second)
    #expect(contents.files.count == 4)
    #expect(contents.files["large"]?.count == 5 << 20)
    let third = try fixture.backUp()
    #expect(third.newPacks == [])
    #expect(third.result.unchangedFiles == 4, "the second snapshot is complete, so nothing needs a look")
  }

  @Test("what is left of a parent that lost one index segment of two is used, and the rest stored again")
  func vanishedPart() throws {
    _ = try fixture.backUp("a")
    let before = fixture.names(.index).union(fixture.names(.packs))
    let whole = try fixture.backUp()
    for name in fixture.names(.index).union(fixture.names(.packs)).subtracting(before) {
      fixture.memory.damage(name) { $0 = nil }
    }
    let again = try fixture.backUp()
    #expect(again.root == whole.root)
    // What is not in "a" is stored again, and hardly more.
    let lost: UInt64 = (5 << 20) + 30_000
    #expect((lost...lost + (16 << 10)).contains(again.statistics.newBytes), "\(again.statistics.newBytes)")
    #expect(try fixture.contents(of: again).files.count == 4)
  }

  @Test("a write key takes incremental snapshots with its cache, and finds chunks without one")
  func writeKey() throws {
    try fixture.addWriteKey()
    let cache = CacheDirectory()
    let writer = try fixture.reopened(password: ArchiveFixture.writePassword, cache: cache)
    let first = try fixture.backUp(to: writer)
    let second = try fixture.backUp(to: writer)
    #expect(second.snapshot.parent == first.snapshot.id)
    #expect(second.result.unchangedFiles == 4)
    #expect(second.newPacks == [])
    try source.write("a/one", "changed")
    let emptied = try fixture.reopened(password: ArchiveFixture.writePassword, cache: CacheDirectory())
    let third = try fixture.backUp(to: emptied)
    #expect(third.snapshot.parent == first.snapshot.id || third.snapshot.parent == second.snapshot.id)
    #expect(third.result.unchangedFiles == 0, "a write key can't read the parent's trees")
    #expect(third.newPacks.count == 2)
    #expect(third.statistics.newBytes < 32 << 10)
    #expect(third.snapshot.sequence == 3)
    let contents = try fixture.contents(of: third)
    #expect(contents.text("a/one") == "changed")
    #expect(contents.files["large"]?.count == 5 << 20)
    #expect(throws: RepositoryError.self) { _ = try emptied.reading(to: "test") }
  }

  @Test("a full key with an empty cache compares with the parent's trees in the repository")
  func emptyCache() throws {
    let first = try fixture.backUp()
    let cache = CacheDirectory()
    let second = try fixture.backUp(to: try fixture.reopened(cache: cache))
    #expect(second.result.unchangedFiles > 0)
    #expect(second.root == first.root)
    #expect(second.newPacks == [])
  }

  @Test("a dry run publishes no snapshot and leaves no intent")
  func dryRun() throws {
    var options = BackupOptions()
    options.dryRun = true
    let archiver = Archiver(repository: fixture.repository, options: options, progress: ProblemList().progress)
    let result = try archiver.backUp(paths: [source.bytes()], label: fixture.label())
    #expect(result.snapshot == nil)
    #expect(result.statistics.files == 4)
    #expect(fixture.names(.snapshots).isEmpty)
    #expect(fixture.names(.intents).isEmpty)
  }
}
