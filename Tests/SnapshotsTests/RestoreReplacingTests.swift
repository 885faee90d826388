import Backend
import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

/// What stands in the place of what is restored stays until that is whole.
struct RestoreReplacingTests {
  private let target = TemporaryDirectory()
  private let stored: TestRepository

  init() throws {
    stored = try TestRepository()
    target.makeDirectory("out")
    target.makeDirectory("outside")
  }

  /// Puts a file into the target that has another name outside of it, so that it is replaced, not written to.
  private func putFile(_ name: String, _ text: String = "precious") throws {
    try target.write("outside/\(name)", text)
    try #require(link(target.full("outside/\(name)"), target.full("out/\(name)")) == 0)
  }

  private func names(in directory: String = "out") throws -> [String] {
    try Directory(at: target.bytes(directory)).entries().map(\.name.escaped).sorted()
  }

  private func restore(
    _ entries: [TestNode], _ change: (inout RestoreOptions) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> ToldOutcome {
    var options = RestoreOptions()
    options.overwrite = .always
    change(&options)
    return try stored.restore(
      try stored.store(entries), to: target.bytes("out"), options, isCancelled: isCancelled)
  }

  /// A file that is restored in several batches.
  private func longFile(_ name: String) -> TestNode {
    let holes = [TestNode.Piece](repeating: .hole(1), count: 33_000)
    return .file(name, pieces: [.data([1, 2, 3]), .list(holes), .data([4, 5, 6])])
  }

  /// Whether something is being made in the target.
  private static func hasBegun(_ place: PathBytes) -> Bool {
    (try? Directory(at: place).entries().contains { $0.name.bytes.starts(with: ".firn-".utf8) }) == true
  }

  @Test("what can't be had from the repository leaves files, pipes and directories in its place as they are")
  func missingContent() throws {
    try putFile("file")
    mkfifo(target.full("out/pipe"), 0o600)
    target.makeDirectory("out/dir")
    try target.write("out/dir/f", "precious")
    let tree: [TestNode] = [.file("dir", "1"), .file("file", "2"), .file("pipe", "3")]
    let root = try stored.store(tree)
    for name in stored.backend.contents.keys where name.area == .packs {
      if stored.backend.contents[name]?[9] == 1 { stored.backend.damage(name) { $0 = nil } }
    }
    var options = RestoreOptions()
    options.deletesExtrasIn = [SnapshotPath.root]
    let outcome = try Restorer(reading: try stored.reading(), root: root, options: options)
      .restore(to: target.bytes("out"))
    #expect(outcome.errorCount == 3 && outcome.files == 0)
    #expect(target.text("out/file") == "precious" && target.text("out/dir/f") == "precious")
    #expect(target.status("out/pipe")?.st_mode == S_IFIFO | 0o600)
    #expect(try names() == ["dir", "file", "pipe"])
  }

  @Test("a full target keeps what was to be replaced", .enabled(if: geteuid() == 0))
  func noSpace() throws {
    let options = strdup("size=256k")
    defer { free(options) }
    try #require(mount("none", target.full("out"), "tmpfs", 0, options) == 0)
    defer { umount(target.full("out")) }
    try target.write("out/a", "precious")
    try #require(link(target.full("out/a"), target.full("out/other")) == 0)
    var random = SeededGenerator(seed: 1)
    let tree = [TestNode.file("a", pieces: [.data(random.bytes(1_000_000))])]
    let error = #expect(throws: SnapshotsError.self) { try restore(tree) }
    #expect((error?.cause as? FileSystemError)?.code == .noSpace)
    #expect(target.text("out/a") == "precious")
    #expect(try names() == ["a", "other"])
  }

  @Test("an interrupted restore keeps what was to be replaced, and removes what it had begun")
  func interrupted() throws {
    try putFile("a")
    let place = target.bytes("out")
    let error = #expect(throws: SnapshotsError.self) {
      try restore([longFile("a")], isCancelled: { Self.hasBegun(place) })
    }
    #expect(error?.code == .cancelled)
    #expect(target.text("out/a") == "precious")
    #expect(try names() == ["a"])
  }

  @Test("a file of several batches replaces another one, and is verified part by part")
  func severalBatches() throws {
    try putFile("a")
    let outcome = try restore([longFile("a")]) { $0.verifies = true }
    #expect(outcome.errorCount == 0 && outcome.verified == 1)
    #expect(target.content("out/a") == [1, 2, 3] + [UInt8](repeating: 0, count: 33_000) + [4, 5, 6])
    #expect(target.text("outside/a") == "precious")
    #expect(try names() == ["a"])
  }

  @Test("what somebody else puts there meanwhile stays")
  func replacedMeanwhile() throws {
    try putFile("a")
    try target.write("outside/new", "theirs")
    let (place, new, name) = (target.bytes("out"), target.full("outside/new"), target.full("out/a"))
    let outcome = try restore(
      [longFile("a")],
      isCancelled: {
        if Self.hasBegun(place) { rename(new, name) }
        return false
      })
    #expect(outcome.errorCount == 1 && outcome.failures.first?.error.code == .refused)
    #expect(target.text("out/a") == "theirs")
    #expect(try names() == ["a"])
  }

  @Test("a link that can't be made leaves what is in its place")
  func symbolicLink() throws {
    try putFile("l")
    let outcome = try restore([.link("l", to: String(repeating: "x", count: 5_000))])
    #expect(outcome.errorCount == 1 && target.text("out/l") == "precious")
    #expect(try names() == ["l"])
  }

  @Test("another name that can't be given leaves what is in its place", .enabled(if: geteuid() == 0))
  func hardLink() throws {
    target.makeDirectory("out/m")
    try #require(mount("none", target.full("out/m"), "tmpfs", 0, nil) == 0)
    defer { umount(target.full("out/m")) }
    try target.write("out/m/b", "precious")
    let twice = { (name: String) in
      TestNode.file(name, "shared").with {
        $0.inode = 7
        $0.linkCount = 2
      }
    }
    let outcome = try restore([twice("a"), .directory("m", [twice("b")])])
    #expect(outcome.errorCount == 1 && target.text("out/a") == "shared" && target.text("out/m/b") == "precious")
    #expect(try names(in: "out/m") == ["b"])
  }

  @Test("a directory with entries that aren't deleted stays, and a dry run knows it", arguments: [true, false])
  func fullDirectory(isDryRun: Bool) throws {
    target.makeDirectory("out/a")
    try target.write("out/a/x", "precious")
    let outcome = try restore([.file("a", "1")]) { $0.isDryRun = isDryRun }
    #expect(outcome.errorCount == 1 && outcome.files == 0 && target.text("out/a/x") == "precious")
  }
}
