import Backend
import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

struct RestoreSafetyTests {
  private let target = TemporaryDirectory()
  private let stored: TestRepository

  init() throws {
    stored = try TestRepository()
    target.makeDirectory("out")
    target.makeDirectory("outside")
  }

  private func restore(_ root: ChunkID, _ change: (inout RestoreOptions) -> Void = { _ in }) throws -> ToldOutcome {
    var options = RestoreOptions()
    change(&options)
    return try stored.restore(root, to: target.bytes("out"), options)
  }

  @Test("links in the target are replaced, never followed")
  func symbolicLinks() throws {
    try target.write("outside/f", "precious")
    symlink("../outside", target.full("out/d"))
    symlink("../outside/f", target.full("out/g"))
    let outcome = try restore(try stored.store([.directory("d", [.file("f", "new")]), .file("g", "new")]))
    #expect(outcome.errorCount == 0)
    #expect(target.text("outside/f") == "precious")
    #expect(target.status("out/d")?.st_mode == S_IFDIR | 0o755)
    #expect(target.text("out/d/f") == "new" && target.text("out/g") == "new")
    #expect(target.status("out/g")?.st_mode == S_IFREG | 0o644)
  }

  @Test("a link of the snapshot with the name of a directory below it can't lead a file outside")
  func linkThenDirectory() throws {
    // The first restore makes the link; the second finds it where it wants a directory.
    _ = try restore(try stored.store([.link("d", to: "../outside")]))
    _ = try restore(try stored.store([.directory("d", [.file("f", "new")])]))
    #expect(target.status("outside/f") == nil)
    #expect(target.text("out/d/f") == "new")
  }

  @Test("a file with other names is replaced, not written through")
  func hardLinks() throws {
    try target.write("outside/f", "precious")
    link(target.full("outside/f"), target.full("out/f"))
    #expect(try restore(try stored.store([.file("f", "new text")])).errorCount == 0)
    #expect(target.text("out/f") == "new text" && target.text("outside/f") == "precious")
    #expect(target.status("outside/f")?.st_mtim.tv_sec != 1_600_000_000)
  }

  @Test("a link or a pipe with other names is replaced, not given other metadata")
  func hardLinksOfOthers() throws {
    mkfifo(target.full("outside/p"), 0o600)
    link(target.full("outside/p"), target.full("out/p"))
    symlink("x", target.full("outside/l"))
    link(target.full("outside/l"), target.full("out/l"))
    let pipe = TestNode(name: Array("p".utf8), kind: .other(.fifo, .none), mode: 0o666).with { $0.linkCount = 2 }
    #expect(try restore(try stored.store([.link("l", to: "x"), pipe])).others == 2)
    #expect(target.status("out/p")?.st_mode == S_IFIFO | 0o666)
    #expect(target.status("outside/p")?.st_mode == S_IFIFO | 0o600)
    #expect(target.status("outside/l")?.st_mtim.tv_sec != 1_600_000_000)
  }

  @Test("other types in the place of files give way; a directory with entries does so only when extras are deleted")
  func otherTypes() throws {
    mkfifo(target.full("out/a"), 0o600)
    target.makeDirectory("out/b")
    try target.write("out/b/x", "x")
    try target.write("out/c", "x")
    let root = try stored.store([.file("a", "1"), .file("b", "2"), .directory("c", [.file("f", "3")])])
    let outcome = try restore(root)
    #expect(outcome.errorCount == 1 && outcome.failures.first?.path == Array("/b".utf8))
    #expect(target.text("out/a") == "1" && target.text("out/c/f") == "3" && target.text("out/b/x") == "x")
    #expect(try restore(root) { $0.deletesExtrasIn = [SnapshotPath.root] }.errorCount == 0)
    #expect(target.text("out/b") == "2")
  }

  @Test(
    "damaged bytes are an error naming file and pack; no wrong byte is left and the rest is restored",
    arguments: [1, 2])
  func damage(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let bad = random.bytes(1_500_000)
    let root = try stored.store([
      .file("bad", pieces: [.data(bad), .data(random.bytes(1_000_000))]),
      .file("good", pieces: [.data(random.bytes(500_000))]),
      .file("small", "small"),
    ])
    let pack = try #require(
      stored.backend.contents.first { $0.key.area == .packs && $0.value.count > 1_000_000 }?.key)
    stored.backend.damage(pack) { $0?[2000 + Int(random.next() % 200_000)] ^= 1 }
    let outcome = try restore(root)
    #expect(outcome.errorCount == 1, "seed \(seed)")
    let failure = try #require(outcome.failures.first)
    #expect(failure.path == Array("/bad".utf8) && failure.error.code == .damaged)
    #expect("\(failure.error)".contains(pack.name), "\(failure.error)")
    #expect(target.status("out/bad") == nil)
    #expect(target.status("out/good")?.st_size == 500_000 && target.text("out/small") == "small")
  }

  @Test("a file that was there is called a mixture when a part can't be read; if nothing was written before it stays")
  func mixture() throws {
    var random = SeededGenerator(seed: 3)
    // More than a batch of items in between, so that one is written before the other is looked for.
    let between = [TestNode.Piece](repeating: .hole(1), count: 33_000)
    let pieces: [TestNode.Piece] = [.data(random.bytes(1_500_000)), .list(between), .data(random.bytes(1_500_000))]
    for (name, pieces) in [("mixed", pieces), ("kept", [pieces[2]])] {
      let root = try stored.store([.file(name, pieces: pieces).with { $0.mode = 0o600 }])
      try target.write("out/\(name)", [UInt8](repeating: 7, count: 4_000_000))
      #expect(chmod(target.path + "/out/\(name)", 0o644) == 0)
      if name == "mixed" {
        let pack = try #require(stored.backend.contents.max { $0.value.count < $1.value.count }?.key)
        stored.backend.damage(pack) { $0?[2_500_000] ^= 1 }
      }
      let outcome = try restore(root)
      let error = try #require(outcome.failures.first?.error)
      #expect(outcome.errorCount == 1 && outcome.files == 0)
      #expect("\(error)".contains("mixture") == (name == "mixed"), "\(error)")
      let content = try #require(target.content("out/\(name)"))
      #expect(content.count == 4_000_000 && content.allSatisfy { $0 == 7 } == (name == "kept"))
      #expect(target.status("out/\(name)")?.st_mtim.tv_sec != 1_600_000_000)
      // What is new in it is for nobody else.
      if name == "mixed" { #expect(target.status("out/\(name)")?.st_mode == S_IFREG | 0o600) }
    }
  }

  @Test("a restore that ends early has told of what failed before, and of the file that is a mixture since")
  func interrupted() throws {
    let holes = [TestNode.Piece](repeating: .hole(1), count: 33_000)
    let root = try stored.store([
      .file("a", "new"), .file("b", pieces: [.data([1, 2, 3]), .list(holes), .data([4])]), .file("c", "new"),
    ])
    target.makeDirectory("out/a")
    for name in ["a/x", "b", "c"] { try target.write("out/\(name)", [UInt8](repeating: 7, count: 50_000)) }
    let (told, target) = (ToldFailures(), target)
    let error = #expect(throws: SnapshotsError.self) {
      try stored.restore(
        root, to: target.bytes("out"), RestoreOptions(), told: told,
        isCancelled: { target.content("out/b")?.first == 1 })
    }
    #expect(error?.code == .cancelled)
    #expect(told.all.map { String(decoding: $0.path, as: UTF8.self) } == ["/a", "/b"])
    #expect(told.all.last.map { "\($0.error)".contains("mixture") } == true)
    #expect(target.content("out/c")?.allSatisfy { $0 == 7 } == true)
  }

  @Test("every failure is told, however many there are")
  func manyFailures() throws {
    let root = try stored.store((0..<1_100).map { .file("f\($0)", "x") })
    for name in stored.backend.contents.keys where name.area == .packs {
      if stored.backend.contents[name]?[9] == 1 { stored.backend.damage(name) { $0 = nil } }
    }
    let outcome = try restore(root)
    #expect(outcome.errorCount == 1_100 && Set(outcome.failures.map(\.path)).count == 1_100)
  }

  @Test("a chunk that is in no pack fails its file alone")
  func missing() throws {
    let root = try stored.store([.file("a", "1"), .directory("d", [.file("b", "2")])])
    for name in stored.backend.contents.keys where name.area == .packs {
      let isData = stored.backend.contents[name]?[9] == 1
      if isData { stored.backend.damage(name) { $0 = nil } }
    }
    let outcome = try restore(root)
    #expect(outcome.errorCount == 2 && outcome.files == 0 && outcome.directories == 1)
    #expect(target.status("out/a") == nil && target.status("out/d/b") == nil)
  }
}
