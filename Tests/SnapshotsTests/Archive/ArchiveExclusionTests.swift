import Backend
import FileSystem
import Format
import Glibc
import Patterns
import Repository
import Snapshots
import TestSupport
import Testing

struct ArchiveExclusionTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  private func make(_ paths: [String]) throws {
    for path in paths {
      var above = ""
      for name in path.split(separator: "/").dropLast() {
        above += above.isEmpty ? "\(name)" : "/\(name)"
        source.makeDirectory(above)
      }
      if !path.hasSuffix("/") { try source.write(path, "content of \(path)") } else { source.makeDirectory(path) }
    }
  }

  /// The names in a snapshot with these exclusions; a scan must have counted as many files.
  private func names(_ change: (inout Exclusions) throws -> Void) throws -> Set<String> {
    var exclusions = Exclusions()
    try change(&exclusions)
    let taken = try fixture.backUp { $0.exclusions = exclusions }
    #expect(taken.messages == [])
    let scan = try BackupScan(paths: [source.bytes()], exclusions: exclusions)
    scan.run()
    #expect(scan.totals?.files == taken.statistics.files)
    #expect(scan.totals?.bytes == taken.statistics.bytes)
    return try fixture.contents(of: taken).names
  }

  @Test("patterns leave out names anywhere, paths from the top, and what is below them; a later one takes back")
  func patterns() throws {
    try make(["a/keep", "a/drop.o", "b/drop.o", "b/cache/x", "b/cache/y/z", "c/inner/x", "c/other/inner/x", "keep.o"])
    let top = source.path
    let found = try names {
      $0.patterns = try PathPatternList(lines: Array("*.o\n!keep.o\n\(top)/b/cache\n\(top)/c/inner\n".utf8))
    }
    #expect(found == ["a", "a/keep", "b", "c", "c/other", "c/other/inner", "c/other/inner/x", "keep.o"])
  }

  @Test("a pattern that matches a source path leaves out what is below it, but not the path itself")
  func sourcePath() throws {
    try make(["a/x"])
    #expect(try names { $0.patterns = try PathPatternList(lines: Array("/var/tmp".utf8)) } == [])
    #expect(try names { $0.patterns = try PathPatternList(lines: Array(source.path.utf8)) } == [])
    #expect(
      try fixture.contents(
        of: fixture.backUp("a/x") {
          $0.exclusions.patterns = try PathPatternList(lines: Array("x".utf8))
        }
      ).text("") == "content of a/x")
  }

  @Test("names that look alike are different source paths")
  func alike() throws {
    for name in ["e\u{301}", "\u{E9}"] { try source.write(name, Array(name.utf8)) }
    let paths = ["e\u{301}", "\u{E9}"].map { source.bytes($0) }
    let archiver = Archiver(
      repository: fixture.repository, options: BackupOptions(), progress: ProblemList().progress)
    var label = fixture.label()
    label.tags = ["\u{E9}", "e\u{301}", "f", "f"]
    let snapshot = try #require(try archiver.backUp(paths: paths, label: label).snapshot)
    #expect(snapshot.paths.map { Array($0.utf8) } == paths.map { Array($0.bytes) })
    #expect(snapshot.tags.map { Array($0.utf8) } == ["e\u{301}", "f", "\u{E9}"].map { Array($0.utf8) })
    let next = try archiver.backUp(paths: [paths[0], paths[0]], label: fixture.label())
    #expect(next.snapshot?.parent == nil)
    #expect(try fixture.repository.snapshots().snapshots.count == 2)
  }

  @Test("ignore files count below their directory, deeper ones after those above")
  func ignoreFiles() throws {
    try make(["x.log", "a/x.log", "a/y.log", "a/tmp/z", "b/tmp/z", "b/x.log", "b/deep/x.log"])
    try source.write(".ignore", "*.log\n")
    try source.write("a/.ignore", "!y.log\n/tmp/\n")
    let found = try names { $0.ignoreFileNames = [Array(".ignore".utf8)] }
    #expect(found == [".ignore", "a", "a/.ignore", "a/y.log", "b", "b/tmp", "b/tmp/z", "b/deep"])
  }

  @Test("a directory with a valid CACHEDIR.TAG is kept empty, one with another is kept whole")
  func cacheTags() throws {
    try make(["cache/data", "cache/below/data", "fake/data"])
    try source.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# cache\n")
    try source.write("fake/CACHEDIR.TAG", "Signature: none\n")
    #expect(try names { $0.caches = true } == ["cache", "fake", "fake/CACHEDIR.TAG", "fake/data"])
    #expect(try names { _ in }.contains("cache/below/data"))
  }

  @Test("a directory with an entry of a certain name is kept empty")
  func ifPresent() throws {
    try make(["a/.nobackup", "a/data", "a/b/data", "c/data", "c/d/.nobackup", "c/d/x"])
    #expect(try names { $0.ifPresent = [Array(".nobackup".utf8)] } == ["a", "c", "c/data", "c/d"])
  }

  @Test("files larger than a limit are left out; other things have no size")
  func largerThan() throws {
    try make(["d/"])
    try source.write("ten", "0123456789")
    try source.write("eleven", "0123456789a")
    source.link(String(repeating: "x", count: 50), as: "link")
    #expect(try names { $0.largerThan = 10 } == ["d", "ten", "link"])
  }

  @Test(
    "another file system is kept as an empty directory, unless it is a source itself", .enabled(if: Mount.isPossible))
  func oneFileSystem() throws {
    try make(["mount/", "file"])
    let mount = try #require(Mount(at: source.full("mount")))
    try make(["mount/inside"])
    #expect(try names { $0.oneFileSystem = true } == ["mount", "file"])
    #expect(try names { _ in } == ["mount", "mount/inside", "file"])
    let itself = try fixture.backUp("mount") { $0.exclusions.oneFileSystem = true }
    #expect(try fixture.contents(of: itself).names == ["inside"])
    mount.end()
  }

  @Test("an excluded file that the parent snapshot had is gone, and comes back with the exclusion lifted")
  func changing() throws {
    try make(["a/x", "a/y"])
    #expect(try names { _ in } == ["a", "a/x", "a/y"])
    #expect(try names { $0.patterns = try PathPatternList(lines: Array("x".utf8)) } == ["a", "a/y"])
    #expect(try names { _ in } == ["a", "a/x", "a/y"])
  }

  @Test("only the source paths are taken; one below another adds nothing, and a missing one is reported")
  func sources() throws {
    try make(["a/x", "a/b/y", "c/z", "d/w"])
    let problems = ProblemList()
    let archiver = Archiver(repository: fixture.repository, options: BackupOptions(), progress: problems.progress)
    let paths = ["a", "a/b", "d", "missing"].map { source.bytes($0) }
    let result = try archiver.backUp(paths: paths, label: fixture.label())
    let snapshot = try #require(result.snapshot)
    #expect(snapshot.paths == ["a", "a/b", "d", "missing"].map(source.full))
    #expect(problems.all.map { String(decoding: $0.path, as: UTF8.self) } == [source.full("missing")])
    let contents = try SnapshotContents(of: snapshot, below: source.path, repository: fixture.repository)
    #expect(contents.names == ["a", "a/x", "a/b", "a/b/y", "d", "d/w"])
    #expect(try contents.node("").mode == UInt16(source.status("").st_mode & 0o7777))
  }

  @Test("a source that is a file or a link is taken as it is; links above it are resolved")
  func sourceKinds() throws {
    try make(["real/file"])
    source.link("real", as: "way")
    let file = try fixture.backUp("way/file")
    #expect(file.snapshot.paths == [source.full("real/file")])
    let link = try fixture.backUp("way")
    let contents = try SnapshotContents(of: link.snapshot, below: source.path, repository: fixture.repository)
    #expect(contents.names == ["way"])
    #expect(try contents.node("way").type == .symbolicLink)
  }

  @Test("there is no snapshot of nothing")
  func nothing() throws {
    #expect { try fixture.backUp("missing") } throws: { ($0 as? SnapshotsError)?.code == .notFound }
    #expect(fixture.names(.snapshots).isEmpty)
  }
}

/// A file system in memory, mounted.
private struct Mount {
  private let path: String

  init?(at path: String) {
    guard mount("none", path, "tmpfs", 0, nil) == 0 else { return nil }
    self.path = path
  }

  func end() { umount2(path, Int32(MNT_DETACH)) }

  /// Whether this process may mount.
  static let isPossible: Bool = {
    let directory = TemporaryDirectory()
    guard let mount = Mount(at: directory.path) else { return false }
    mount.end()
    return true
  }()
}
