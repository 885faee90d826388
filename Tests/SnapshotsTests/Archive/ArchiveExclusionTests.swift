import Backend
import CTestCalls
import FileSystem
import Format
import Glibc
import Patterns
import Repository
@testable import Snapshots
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

  /// The names below the source directory in a snapshot of it, or of other paths, with these exclusions; a scan must have
  /// counted as many files.
  private func names(
    of paths: [PathBytes]? = nil, _ change: (inout Exclusions) throws -> Void
  ) throws -> Set<String> {
    var options = BackupOptions()
    try change(&options.exclusions)
    let problems = ProblemList()
    let paths = paths ?? [source.bytes()]
    let result = try Archiver(repository: fixture.repository, options: options, progress: problems.progress)
      .backUp(paths: paths, label: fixture.label())
    #expect(problems.all.map(\.message) == [])
    let scan = try BackupScan(paths: paths, exclusions: options.exclusions)
    scan.run()
    #expect(scan.totals?.files == result.statistics.files)
    #expect(scan.totals?.bytes == result.statistics.bytes)
    let cache = CacheDirectory()
    return try SnapshotContents(
      of: try #require(result.snapshot), below: source.path, repository: try fixture.reopened(cache: cache)
    ).names
  }

  private func patterns(_ lines: String...) throws -> PathPatternList { try patterns(lines) }

  private func patterns(_ lines: [String]) throws -> PathPatternList {
    PathPatternList(try lines.map { try PathPattern($0.utf8) })
  }

  @Test("patterns leave out names anywhere, paths from the top, and what is below them; a later one takes back")
  func patterns() throws {
    try make(["a/keep", "a/drop.o", "b/drop.o", "b/cache/x", "b/cache/y/z", "c/inner/x", "c/other/inner/x", "keep.o"])
    let top = source.path
    let found = try names {
      $0.patterns = try patterns("*.o", "!keep.o", "\(top)/b/cache", "\(top)/c/inner")
    }
    #expect(found == ["a", "a/keep", "b", "c", "c/other", "c/other/inner", "c/other/inner/x", "keep.o"])
  }

  @Test("a pattern that matches a source path or a directory above it leaves out nothing of it")
  func sourcePath() throws {
    try make(["a/x", "tmp/tmp/x", "tmp/keep"])
    #expect(try names { $0.patterns = try patterns("/var/tmp") }.count == 6)
    #expect(
      try names { $0.patterns = try patterns(source.path, "\(source.path)/a") } == [
        "tmp", "tmp/tmp", "tmp/tmp/x", "tmp/keep",
      ])
    #expect(try names(of: [source.bytes("tmp")]) { $0.patterns = try patterns("tmp") } == ["tmp", "tmp/keep"])
    #expect(
      try names(of: [source.bytes("tmp/tmp")]) { $0.patterns = try patterns("tmp") } == ["tmp", "tmp/tmp", "tmp/tmp/x"])
    #expect(
      try fixture.contents(
        of: fixture.backUp("a/x") {
          $0.exclusions.patterns = try patterns("x")
        }
      ).text("") == "content of a/x")
  }

  @Test("a pattern that ends in \"/**\" is about what a source path holds")
  func contentsOfSource() throws {
    try make(["a/x", "a/keep/y", "b"])
    let top = source.path
    #expect(try names { $0.patterns = try patterns("\(top)/**") } == [])
    #expect(
      try names { $0.patterns = try patterns("\(top)/**", "!\(top)/a/keep", "!\(top)/a", "\(top)/a/x") } == [
        "a", "a/keep", "a/keep/y",
      ])
    #expect(
      try names { $0.patterns = try patterns("\(top)/**", "!\(top)") } == ["a", "a/x", "a/keep", "a/keep/y", "b"])
    #expect(
      try names(of: [source.bytes("a")]) { $0.patterns = try patterns("\(top)/**") } == [
        "a", "a/x", "a/keep", "a/keep/y",
      ])
  }

  @Test("a source path below another is taken where an exclusion leaves out what leads to it, and nothing else is")
  func sourceBelowSource() throws {
    try make([
      "a/tmp/other", "a/tmp/mine/x", "a/tmp/mine/tmp/y", "a/file.o", "a/named.o", "c/mine/x", "c/other", "d/mine/x",
    ])
    try source.write("c/.nobackup", "")
    try source.write("d/.ignore", "mine\n")
    let paths = ["", "a/tmp/mine", "a/named.o", "c/mine", "d/mine"].map { source.bytes($0) }
    let found = try names(of: paths) {
      $0.patterns = try patterns("tmp", "*.o")
      $0.ifPresent = [Array(".nobackup".utf8)]
      $0.ignoreFileNames = [Array(".ignore".utf8)]
    }
    #expect(
      found == [
        "a", "a/tmp", "a/tmp/mine", "a/tmp/mine/x", "a/named.o", "c", "c/mine", "c/mine/x", "d", "d/.ignore", "d/mine",
        "d/mine/x",
      ])
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

  @Test("a source path on another file system below another source is taken", .enabled(if: Mount.isPossible))
  func oneFileSystemEach() throws {
    try make(["mount/", "file"])
    let mount = try #require(Mount(at: source.full("mount")))
    defer { mount.end() }
    try make(["mount/inside/deep/x", "mount/other", "mount/inside/inner/"])
    let inner = try #require(Mount(at: source.full("mount/inside/inner")))
    defer { inner.end() }
    try make(["mount/inside/inner/x"])
    let both = try names(of: [source.bytes(), source.bytes("mount")]) { $0.oneFileSystem = true }
    #expect(
      both == [
        "file", "mount", "mount/inside", "mount/inside/deep", "mount/inside/deep/x", "mount/other",
        "mount/inside/inner",
      ])
    let part = try names(of: [source.bytes(), source.bytes("mount/inside/deep")]) { $0.oneFileSystem = true }
    #expect(part == ["file", "mount", "mount/inside", "mount/inside/deep", "mount/inside/deep/x"])
  }

  @Test(
    "with \"/\" as the source, the file system to stay on is that of \"/\"",
    .enabled(if: Mount.isPossible && DeviceNumber.isRoot("/var/tmp")))
  func oneFileSystemFromRoot() throws {
    try make(["mount/", "directory/file"])
    let mount = try #require(Mount(at: source.full("mount")))
    defer { mount.end() }
    try make(["mount/inside"])
    // Of all else that there is, nothing is to be read.
    var lines: [String] = []
    var above = ""
    for name in source.path.split(separator: "/") {
      lines += ["\(above)/*", "!\(above)/\(name)"]
      above += "/\(name)"
    }
    func found(oneFileSystem: Bool) throws -> Set<String> {
      try names(of: ["/"]) {
        $0.patterns = try patterns(lines)
        $0.oneFileSystem = oneFileSystem
      }
    }
    #expect(try found(oneFileSystem: true) == ["mount", "directory", "directory/file"])
    #expect(try found(oneFileSystem: false) == ["mount", "mount/inside", "directory", "directory/file"])
  }

  @Test(
    "rules for directories are about directories where the file system doesn't list types", arguments: [true, false])
  func unlistedTypes(areListed: Bool) throws {
    try make(["src/x", "build/x", "file"])
    try source.write(".ignore", "/*\n!/src/\nbuild/\n")
    var exclusions = Exclusions()
    exclusions.ignoreFileNames = [Array(".ignore".utf8)]
    let directory = try Directory(at: source.bytes())
    let entries = try directory.entries().map { areListed ? $0 : DirectoryEntry(name: $0.name) }
    let chosen = Selection(exclusions, sources: .everything).choosing(from: entries, in: directory) { _, _ in }
    #expect(chosen.entries.map(\.name) == ["src"])
  }

  @Test("ignore files of one directory count in the order in which they were asked for, each by itself")
  func severalIgnoreFiles() throws {
    try make(["a", "b"])
    try source.write(".first", "\u{FEFF}a\nb\n")
    try source.write(".second", "\u{FEFF}!a\n")
    let names = [".first", ".second"].map { Array($0.utf8) }
    #expect(try self.names { $0.ignoreFileNames = names } == [".first", ".second", "a"])
    #expect(try self.names { $0.ignoreFileNames = names.reversed() } == [".first", ".second"])
  }

  @Test("an ignore file that is too long is reported, and no part of it counts")
  func longIgnoreFile() throws {
    try make(["data/cache/x"])
    try source.write(".ignore", String(repeating: "#", count: (1 << 20) - 6) + "\n/data/cache\n")
    let taken = try fixture.backUp { $0.exclusions.ignoreFileNames = [Array(".ignore".utf8)] }
    #expect(taken.problems.map { String(decoding: $0.path, as: UTF8.self) } == [source.full(".ignore")])
    #expect(try fixture.contents(of: taken).names.contains("data/cache/x"))
  }

  @Test(
    "a source path that is a block device is a problem each time, for its content is not saved",
    .enabled(if: geteuid() == 0))
  func blockDevice() throws {
    try #require(mknod(source.full("device"), S_IFBLK | 0o600, gnu_dev_makedev(7, 250)) == 0)
    for _ in 0..<2 {
      let taken = try fixture.backUp("device")
      #expect(taken.problems.map { String(decoding: $0.path, as: UTF8.self) } == [source.full("device")])
      #expect(try fixture.contents(of: taken).node("").type == .blockDevice)
    }
    #expect(try names { _ in } == ["device"])
  }

  @Test("a source path that is a link to a directory is told, unless the directory is backed up as well")
  func links() throws {
    try make(["real/below/file"])
    source.link("real", as: "way")
    source.link("real/below/file", as: "to file")
    source.link("nowhere", as: "to nothing")
    func found(_ names: String...) throws -> [String] {
      try SourceLink.all(among: names.map { source.bytes($0) }).map { "\($0.path.escaped) -> \($0.target.escaped)" }
    }
    #expect(
      try found("way", "to file", "to nothing", "real/below") == ["\(source.full("way")) -> \(source.full("real"))"])
    #expect(try found("way/below", "way/.") == [])
    #expect(try found("way", "real") == [])
    #expect(try found("way", "") == [])
  }

  @Test("an excluded file that the parent snapshot had is gone, and comes back with the exclusion lifted")
  func changing() throws {
    try make(["a/x", "a/y"])
    #expect(try names { _ in } == ["a", "a/x", "a/y"])
    #expect(try names { $0.patterns = try patterns("x") } == ["a", "a/y"])
    #expect(try names { _ in } == ["a", "a/x", "a/y"])
  }

  @Test("only the source paths are taken, one below another once, and missing ones are reported")
  func sources() throws {
    try make(["a/x", "a/b/y", "c/z", "d/w"])
    let problems = ProblemList()
    let archiver = Archiver(repository: fixture.repository, options: BackupOptions(), progress: problems.progress)
    let paths = ["a", "a/b", "a/gone", "d", "missing"].map { source.bytes($0) }
    let result = try archiver.backUp(paths: paths, label: fixture.label())
    let snapshot = try #require(result.snapshot)
    #expect(snapshot.paths == ["a", "a/b", "a/gone", "d", "missing"].map(source.full))
    #expect(
      Set(problems.all.map { String(decoding: $0.path, as: UTF8.self) }) == [
        source.full("missing"), source.full("a/gone"),
      ])
    #expect(problems.all.count == 2)
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

extension DeviceNumber {
  /// Whether a directory is on the file system of `/`.
  fileprivate static func isRoot(_ path: PathBytes) -> Bool {
    guard let root = try? Directory(at: "/").status().device else { return false }
    return (try? Directory(at: path).status().device) == root
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
