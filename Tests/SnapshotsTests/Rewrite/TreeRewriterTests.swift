import Backend
import FileSystem
import Format
import Glibc
import Patterns
import Repository
import Snapshots
import Synchronization
import TestSupport
import Testing

@Suite("Dropping paths from snapshots")
struct TreeRewriterTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  private func backUp(_ paths: [String], excluding lines: [String] = []) throws -> TakenSnapshot {
    var options = BackupOptions()
    // Nothing is to be taken from a parent that might have the same fault.
    options.parent = .none
    options.exclusions.patterns = try Self.patterns(lines)
    options.exclusions.descriptions = lines
    let archiver = Archiver(
      repository: fixture.repository, options: options, progress: ProblemList().progress)
    let result = try archiver.backUp(paths: paths.map { source.bytes($0) }, label: fixture.label())
    return TakenSnapshot(
      result: result, snapshot: try #require(result.snapshot), problems: [], newPacks: [], source: source.path)
  }

  private static func patterns(_ lines: [String]) throws -> PathPatternList {
    PathPatternList(try lines.map { try PathPattern($0.utf8) })
  }

  private func drop(
    _ lines: [String], from id: SnapshotID, keepsOld: Bool = false,
    observe: @escaping (RewriteStep) throws -> Void = { _ in }
  ) throws -> SnapshotRewriter.Outcome {
    try fixture.rewrite(id, observe: observe) {
      $0.excluded = try Self.patterns(lines)
      $0.excludeDescriptions = lines
      $0.keepsOld = keepsOld
    }
  }

  /// The tree of the source directory, read from the packs alone.
  private func tree(of snapshot: Snapshot) throws -> ChunkID {
    let cache = CacheDirectory()
    return try SnapshotContents(of: snapshot, below: source.path, repository: try fixture.reopened(cache: cache)).tree()
  }

  /// Backs up, drops, and compares with a backup that leaves out the same.
  private func expectSameAsBackup(_ paths: [String] = [""], excluding lines: [String], _ comment: Comment) throws {
    let whole = try backUp(paths)
    let fresh = try backUp(paths, excluding: lines)
    let outcome = try drop(lines, from: whole.snapshot.id)
    guard !outcome.isUnchanged else {
      #expect(try tree(of: whole.snapshot) == tree(of: fresh.snapshot), comment)
      return
    }
    let rewritten = try outcome.snapshot()
    #expect(try tree(of: rewritten) == tree(of: fresh.snapshot), comment)
    #expect(rewritten.excludes == fresh.snapshot.excludes, comment)
    func contents(_ statistics: SnapshotStatistics) -> [UInt64] {
      [statistics.files, statistics.directories, statistics.others, statistics.bytes]
    }
    #expect(contents(rewritten.statistics) == contents(fresh.statistics), comment)
    #expect(rewritten.statistics.newBytes == whole.statistics.newBytes, comment)
  }

  @Test("what is left is what a backup with the same patterns takes, to the byte", arguments: 0..<40 as Range<UInt64>)
  func sameAsBackup(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let names = ["a", "b", "c.o", "keep.o", "cache", "d.log"]
    var directories = [""]
    var taken: Set<String> = []
    for _ in 0..<24 {
      let above = try #require(directories.randomElement(using: &random))
      let name = (above.isEmpty ? "" : above + "/") + (names.randomElement(using: &random) ?? "a")
      guard taken.insert(name).inserted else { continue }
      switch Int.random(in: 0..<8, using: &random) {
      case 0...2:
        source.makeDirectory(name)
        directories.append(name)
      case 3: source.link("nowhere", as: name)
      default: try source.write(name, random.bytes(Int.random(in: 0..<50, using: &random)))
      }
    }
    let top = source.path
    let candidates = [
      "*.o", "!keep.o", "a", "a/b", "\(top)/a", "\(top)/*/c.o", "**/cache/d.log", "cache", "!\(top)/cache", "?", top,
      "/var", "[a-b]/**/c.o", "!b", "\(top)/**", "!\(top)/a",
    ]
    let lines = (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in candidates.randomElement(using: &random) }
    let below = directories.dropFirst().shuffled(using: &random).prefix(2)
    let paths = below.count == 2 && Bool.random(using: &random) ? Array(below) : [""] + below
    try expectSameAsBackup(paths, excluding: lines, "seed \(seed): \(paths) without \(lines)")
  }

  @Test("a directory that is split is split again as a backup does")
  func split() throws {
    source.makeDirectory("many")
    for number in 0..<4000 {
      let name = "many/\(number)\(String(repeating: "n", count: 60))" + (number.isMultiple(of: 3) ? ".o" : "")
      try source.write(name, "")
    }
    try expectSameAsBackup(excluding: ["*.o"], "split")
  }

  @Test("sparse and large files, pipes and links stay as they are")
  func others() throws {
    try source.write("large", [UInt8](repeating: 3, count: 5_000_000))
    try source.truncate("sparse", to: 9_000_000)
    try source.write("sparse", [1, 2, 3], at: 4_500_000)
    mkfifo(source.full("pipe"), 0o600)
    try #require(link(source.full("large"), source.full("second name")) == 0)
    try source.write("drop", "x")
    try expectSameAsBackup(excluding: ["drop"], "others")
  }

  @Test("unchanged directories keep their trees, and the steps are told")
  func unchangedTrees() throws {
    for name in ["a", "a/deep", "b"] { source.makeDirectory(name) }
    for name in ["a/deep/x", "b/y", "b/drop"] { try source.write(name, name) }
    let whole = try fixture.backUp()
    let dropped = Mutex<[String]>([])
    let new = try drop(["drop"], from: whole.snapshot.id) { step in
      if case .dropped(let path) = step { dropped.withLock { $0.append(PathText.escape(path)) } }
    }.snapshot()
    #expect(dropped.withLock { $0 } == [source.full("b/drop")])
    let cache = CacheDirectory()
    let other = try fixture.reopened(cache: cache)
    let before = try SnapshotContents(of: whole.snapshot, below: source.path, repository: other)
    let after = try SnapshotContents(of: new, below: source.path, repository: other)
    #expect(try after.tree("a") == before.tree("a"))
    #expect(try after.tree("b") != before.tree("b"))
    #expect(after.names == before.names.subtracting(["b/drop"]))
    #expect(try fixture.problems().isEmpty)
  }

  @Test("a snapshot that is to stay gets a copy with a tag, and only one")
  func copies() throws {
    try source.write("file", "x")
    let whole = try fixture.backUp().snapshot
    let copy = try drop(["file"], from: whole.id, keepsOld: true).snapshot()
    #expect(copy.tags == ["rewrite"])
    #expect(try Set(fixture.snapshots().map(\.id)) == [whole.id, copy.id])
    guard case .madeBefore(copy) = try drop(["file"], from: whole.id, keepsOld: true) else {
      Issue.record("another copy was made")
      return
    }
    #expect(try drop(["file"], from: copy.id, keepsOld: true).isUnchanged)
    #expect(try fixture.snapshots().count == 2)
    // The old one may go then without leaving its successor alone.
    _ = try fixture.backUp()
    try fixture.memory.delete(.init(.snapshots, whole.id.hex))
    #expect(try fixture.problems(.sequence).isEmpty)
  }

  @Test("the stream of a snapshot is what was asked for, and stays")
  func stream() throws {
    let archiver = Archiver(
      repository: fixture.repository, options: BackupOptions(), progress: ProblemList().progress)
    let result = try archiver.backUp(
      stream: { _ in 0 }, as: ["dumps", "db.sql"], label: fixture.label(), validate: {})
    #expect(try drop(["db.sql", "/dumps"], from: try #require(result.snapshot).id).isUnchanged)
  }

  @Test("owners keep the names that the snapshot has for them")
  func owners() throws {
    let session = try fixture.repository.beginWriting(by: fixture.owner)
    let writer = try session.chunkWriter()
    func node(_ name: String, owner: UInt32) -> Node {
      Node(
        name: Array(name.utf8), type: .fifo, mode: 0o600, uid: owner, gid: owner, mtime: Format.Timestamp(seconds: 1),
        ctime: Format.Timestamp(seconds: 1), inode: 1, device: 1, linkCount: 1, content: .none)
    }
    let names = [OwnerName(id: 4_000_001, name: Array("ghost".utf8)), OwnerName(id: 4_000_002, name: [0xFF])]
    let leaf = TreeLeaf(
      users: names, groups: names,
      nodes: [node("a", owner: 4_000_001), node("b", owner: 4_000_003), node("drop", owner: 4_000_002)])
    let tree = try TreeObject.leaf(leaf).encode().withUnsafeBytes { try writer.store($0, kind: .tree).id }
    try writer.flush()
    try session.finish()
    let snapshot = Snapshot(
      id: session.snapshotID, time: Format.Timestamp(seconds: 9), host: "elsewhere", user: "test",
      roots: [SnapshotRoot(kind: .tree, tree: tree)], paths: ["/"], program: "test", sequence: 1)
    try fixture.repository.commit(snapshot, of: session)
    let new = try drop(["drop"], from: snapshot.id).snapshot()
    try fixture.repository.refreshIndex()
    let trees = try fixture.repository.reading(to: "test").treeReader()
    var leaves = trees.leaves(of: try #require(new.roots.first).tree)
    let expected = TreeLeaf(
      users: [names[0]], groups: [names[0]], nodes: [node("a", owner: 4_000_001), node("b", owner: 4_000_003)])
    #expect(try leaves.next() == expected)
  }

  @Test("a snapshot whose tree can't be read is not changed")
  func damaged() throws {
    try source.write("file", "x")
    let whole = try fixture.backUp().snapshot
    for pack in fixture.names(.packs) { fixture.memory.damage(pack) { $0?[150] ^= 1 } }
    let cache = CacheDirectory()
    let other = try fixture.reopened(cache: cache)
    #expect {
      try fixture.rewrite(whole.id, in: other) { $0.excluded = try Self.patterns(["file"]) }
    } throws: { ($0 as? SnapshotsError)?.code == .damaged }
    #expect(try fixture.snapshots() == [whole])
  }
}
