import FileSystem
import Format
import Glibc
import Repository
import Snapshots
import Testing

struct RestoreContentTests {
  private let target = TemporaryDirectory()
  private let stored: TestRepository

  init() throws { stored = try TestRepository() }

  private func restore(
    _ entries: [TestNode], path: String = "/", _ change: (inout RestoreOptions) -> Void = { _ in }
  ) throws -> ToldOutcome {
    var options = RestoreOptions()
    change(&options)
    return try stored.restore(try stored.store(entries), path: path, to: target.bytes("out"), options)
  }

  @Test("a tree comes back with its full paths, contents, modes and times")
  func tree() throws {
    let outcome = try restore([
      .directory(
        "home",
        [
          .directory("ann", [.file("notes", "hello"), .file("empty", ""), .link("now", to: "notes")]).with {
            $0.mode = 0o1750
          }
        ]),
      .file("top", "at the top"),
    ])
    #expect(outcome.errorCount == 0)
    #expect((outcome.files, outcome.directories, outcome.others) == (3, 2, 1))
    #expect(outcome.bytesWritten == 15)
    #expect(target.text("out/home/ann/notes") == "hello")
    #expect(target.text("out/home/ann/empty") == "")
    #expect(target.target("out/home/ann/now") == "notes")
    for name in ["out/home", "out/home/ann", "out/home/ann/notes", "out/home/ann/now", "out/top"] {
      let status = try #require(target.status(name))
      #expect(status.st_mtim.tv_sec == 1_600_000_000 && status.st_mtim.tv_nsec == 123_456_789, "\(name)")
    }
    #expect(target.status("out/home/ann")?.st_mode == S_IFDIR | 0o1750)
    #expect(target.status("out/top")?.st_mode == S_IFREG | 0o644)
  }

  @Test("the content of a path of the snapshot comes directly into the target")
  func subpath() throws {
    let entries: [TestNode] = [.directory("a", [.directory("b", [.file("f", "x")]), .file("g", "y")])]
    let outcome = try restore(entries, path: "/a/b")
    #expect(outcome.files == 1)
    #expect(target.text("out/f") == "x")
    #expect(target.status("out/g") == nil)
    _ = try restore(entries, path: "a/g")
    #expect(target.text("out/g") == "y")
    #expect { try restore(entries, path: "/a/nothing") } throws: { ($0 as? SnapshotsError)?.code == .notFound }
  }

  @Test("files of many chunks, in lists and over many batches and frames, come back byte for byte", arguments: [1, 2])
  func large(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var pieces: [TestNode.Piece] = []
    var expected: [UInt8] = []
    for _ in 0..<40 {
      var inner: [TestNode.Piece] = []
      for _ in 0..<20 {
        let bytes = random.bytes(Int(random.next() % 3000) + 1)
        expected += bytes
        inner.append(.data(bytes))
      }
      pieces.append(.list([.list(inner)]))
    }
    let small = (0..<300).map { number in TestNode.file("s\(number)", String(repeating: "\(number) ", count: number)) }
    let outcome = try restore(small + [.file("large", pieces: pieces)]) { $0.verifies = true }
    #expect(outcome.errorCount == 0, "seed \(seed): \(outcome.failures)")
    #expect(outcome.verified == 301)
    #expect(target.content("out/large") == expected, "seed \(seed)")
    for number in [0, 7, 299] {
      #expect(target.text("out/s\(number)") == String(repeating: "\(number) ", count: number))
    }
  }

  @Test("holes come back as holes, zeros as storage, and with sparse both as holes")
  func holes() throws {
    let data = [UInt8](repeating: 7, count: 4096)
    let entries: [TestNode] = [
      .file("hole", pieces: [.data(data), .hole(1 << 20), .data(data), .hole(1 << 20)]),
      .file("zeros", pieces: [.data(data), .zeros(1 << 20)]),
      .file("onlyHole", pieces: [.hole(1 << 30)]),
    ]
    let expected = data + [UInt8](repeating: 0, count: 1 << 20) + data + [UInt8](repeating: 0, count: 1 << 20)
    #expect(try restore(entries) { $0.verifies = true }.errorCount == 0)
    #expect(target.content("out/hole") == expected)
    #expect(try #require(target.status("out/hole")).st_blocks <= 32)
    #expect(try #require(target.status("out/zeros")).st_blocks >= 2048)
    #expect(target.status("out/onlyHole")?.st_size == 1 << 30)
    _ = try stored.store(entries)
    unlink(target.full("out/zeros"))
    #expect(try restore(entries) { $0.isSparse = true }.errorCount == 0)
    #expect(target.content("out/zeros") == data + [UInt8](repeating: 0, count: 1 << 20))
    #expect(try #require(target.status("out/zeros")).st_blocks <= 32)
  }

  @Test("names that are not UTF-8 come back, and so does a very deep tree")
  func names() throws {
    let name: [UInt8] = [0xFF, 0x0A, 0x80]
    var deep = TestNode.file("leaf", "deep")
    for _ in 0..<600 { deep = .directory("d23456789", [deep]) }
    let outcome = try restore([TestNode(name: name, kind: .file([.data([1])])), deep])
    #expect(outcome.errorCount == 0, "\(outcome.failures.first.map { "\($0.error)" } ?? "")")
    #expect(outcome.files == 2 && outcome.directories == 600)
    let out = try Directory(at: target.bytes("out"))
    #expect(try out.status(of: #require(FileName(name))).size == 1)
  }

  @Test("includes and excludes choose, and directories above what is chosen come with it only")
  func selection() throws {
    let entries: [TestNode] = [
      .directory("a", [.file("x.txt", "1"), .file("y", "2"), .directory("b", [.file("z.txt", "3")])]),
      .directory("c", [.file("w", "4")]), .directory("skip", [.file("v.txt", "5")]),
    ]
    let outcome = try restore(entries) {
      $0.includes = { path, _ in path.suffix(4).elementsEqual(".txt".utf8) }
      $0.excludes = { path, isDirectory in isDirectory && path.elementsEqual("/skip".utf8) }
    }
    #expect(outcome.files == 2)
    #expect(target.text("out/a/x.txt") == "1" && target.text("out/a/b/z.txt") == "3")
    for name in ["out/a/y", "out/c", "out/skip"] { #expect(target.status(name) == nil, "\(name)") }
    #expect(target.status("out/a")?.st_mtim.tv_sec == 1_600_000_000)
  }

  @Test("cancelling ends the restore and leaves no file looking finished")
  func cancelled() throws {
    var random = SeededGenerator(seed: 3)
    let pieces = (0..<600).map { _ in TestNode.Piece.data(random.bytes(10_000)) }
    let root = try stored.store([.file("large", pieces: pieces)])
    let restorer = Restorer(reading: try stored.reading(), root: root)
    #expect {
      try restorer.restore(to: target.bytes("out"), isCancelled: { restorer.progress.bytesDone > 0 })
    } throws: { ($0 as? SnapshotsError)?.code == .cancelled }
    #expect(target.status("out/large") == nil)
  }
}
