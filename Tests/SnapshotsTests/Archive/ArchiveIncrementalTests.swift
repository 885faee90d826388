import Format
import Glibc
import Repository
import Snapshots
import TestSupport
import Testing

struct ArchiveIncrementalTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  /// How many directories lead to the source, `/` and itself included.
  private var depth: UInt64 { UInt64(source.path.split(separator: "/").count) + 1 }

  private func makeTree() throws {
    for path in ["a", "a/b", "a/b/c", "x", "x/y", "x/y/z"] { source.makeDirectory(path) }
    for path in ["top", "a/one", "a/b/two", "a/b/c/three", "x/four", "x/y/five", "x/y/z/six"] {
      try source.write(path, "content of \(path)")
    }
  }

  @Test("a second snapshot of an unchanged tree stores nothing and has the same root")
  func unchanged() throws {
    try makeTree()
    source.link("target", as: "link")
    mkfifo(source.full("fifo"), 0o600)
    let first = try fixture.backUp()
    let second = try fixture.backUp()
    #expect(second.root == first.root)
    #expect(second.newPacks == [])
    #expect((second.statistics.newChunks, second.statistics.newBytes, second.statistics.storedBytes) == (0, 0, 0))
    #expect(second.snapshot.parent == first.snapshot.id)
    #expect(second.result.unchangedFiles == 7)
    #expect(second.statistics.files == first.statistics.files)
    #expect(second.statistics.directories == first.statistics.directories)
    #expect(second.statistics.others == 2)
    #expect(second.statistics.bytes == first.statistics.bytes)
    #expect((first.snapshot.sequence, second.snapshot.sequence) == (1, 2))
    #expect(second.snapshot.previous == (try fixture.repository.storedSnapshot(first.snapshot.id).hash))
  }

  @Test("a changed file costs one chunk and the trees of the directories above it")
  func oneFile() throws {
    try makeTree()
    let first = try fixture.backUp()
    try source.write("a/b/c/three", "something longer than it was")
    let second = try fixture.backUp()
    #expect(second.statistics.newChunks == 1 + 3 + depth)
    #expect(second.result.unchangedFiles == 6)
    let before = try fixture.contents(of: first)
    let after = try fixture.contents(of: second)
    for path in ["", "a", "a/b", "a/b/c"] { #expect(try after.tree(path) != before.tree(path), "\(path)") }
    for path in ["x", "x/y", "x/y/z"] { #expect(try after.tree(path) == before.tree(path), "\(path)") }
    #expect(try after.node("x/four") == before.node("x/four"))
    #expect(after.text("a/b/c/three") == "something longer than it was")
    #expect(before.text("a/b/c/three") == "content of a/b/c/three")
  }

  @Test("a file whose time was touched is read again, and none of its data stored")
  func touched() throws {
    try makeTree()
    _ = try fixture.backUp()
    source.setModified("a/one", seconds: 1_234_567_890, nanoseconds: 5)
    let second = try fixture.backUp()
    #expect(second.newPacks == [.metadata])
    #expect(second.result.unchangedFiles == 6)
    let contents = try fixture.contents(of: second)
    #expect(try contents.node("a/one").mtime == Format.Timestamp(seconds: 1_234_567_890, nanoseconds: 5))
    #expect(contents.text("a/one") == "content of a/one")
  }

  @Test("a change of mode keeps the content", arguments: [false, true])
  func mode(ignoresChangeTime: Bool) throws {
    try makeTree()
    let first = try fixture.backUp()
    chmod(source.full("a/one"), 0o4711)
    let second = try fixture.backUp { $0.ignoreChangeTime = ignoresChangeTime }
    #expect(second.newPacks == [.metadata])
    // The change time may hide a change of content, unless it is said to mean nothing.
    #expect(second.result.unchangedFiles == (ignoresChangeTime ? 7 : 6))
    let contents = try fixture.contents(of: second)
    #expect(try contents.node("a/one").mode == 0o4711)
    #expect(try contents.items("a/one") == fixture.contents(of: first).items("a/one"))
    #expect(try contents.node("a/one").ctime != fixture.contents(of: first).node("a/one").ctime)
  }

  @Test("a change of a directory's own metadata keeps its tree")
  func directoryMode() throws {
    try makeTree()
    let first = try fixture.backUp()
    chmod(source.full("a/b"), 0o700)
    let second = try fixture.backUp()
    let contents = try fixture.contents(of: second)
    #expect(try contents.node("a/b").mode == 0o700)
    #expect(try contents.tree("a/b") == fixture.contents(of: first).tree("a/b"))
    #expect(second.statistics.newChunks == 1 + depth)
  }

  @Test("another file of the same size and time in the place of a file is read")
  func replaced() throws {
    try source.write("file", "before")
    source.setModified("file", seconds: 1_000_000)
    _ = try fixture.backUp()
    try source.write("new", "after!")
    source.setModified("new", seconds: 1_000_000)
    try #require(rename(source.full("new"), source.full("file")) == 0)
    #expect(try fixture.contents(of: try fixture.backUp()).text("file") == "after!")
  }

  @Test("a moved file is read again unless inode numbers and change times are ignored")
  func moved() throws {
    try source.write("file", "same")
    source.setModified("file", seconds: 1_000_000)
    _ = try fixture.backUp()
    try source.write("copy", "same")
    source.setModified("copy", seconds: 1_000_000)
    rename(source.full("copy"), source.full("file"))
    let ignoring = try fixture.backUp {
      $0.ignoreInode = true
      $0.ignoreChangeTime = true
    }
    #expect(ignoring.result.unchangedFiles == 1)
    #expect(try fixture.contents(of: ignoring).node("file").inode == UInt64(source.status("file").st_ino))
  }

  @Test("a file becomes a directory and a file again")
  func typeChanges() throws {
    try source.write("thing", "a file")
    let first = try fixture.backUp()
    source.remove("thing")
    source.makeDirectory("thing")
    try source.write("thing/inside", "a file below")
    let second = try fixture.backUp()
    unlink(source.full("thing/inside"))
    rmdir(source.full("thing"))
    try source.write("thing", "a file")
    let third = try fixture.backUp()
    source.remove("thing")
    source.link("elsewhere", as: "thing")
    let fourth = try fixture.backUp()
    #expect(try fixture.contents(of: first).text("thing") == "a file")
    #expect(try fixture.contents(of: second).text("thing/inside") == "a file below")
    #expect(try fixture.contents(of: second).node("thing").type == .directory)
    #expect(try fixture.contents(of: third).names == ["thing"])
    #expect(try fixture.contents(of: third).text("thing") == "a file")
    #expect(third.newPacks == [.metadata])
    #expect(try fixture.contents(of: fourth).node("thing").content == .symbolicLink(Array("elsewhere".utf8)))
  }

  @Test("what was removed is gone, what was added is there, the rest is kept")
  func removedAndAdded() throws {
    try makeTree()
    let first = try fixture.backUp()
    source.remove("a/one")
    unlink(source.full("x/y/z/six"))
    rmdir(source.full("x/y/z"))
    try source.write("a/a new one", "1")
    source.makeDirectory("m")
    try source.write("m/n", "2")
    let second = try fixture.backUp()
    let expected = try fixture.contents(of: first).names
      .subtracting(["a/one", "x/y/z", "x/y/z/six"]).union(["a/a new one", "m", "m/n"])
    #expect(try fixture.contents(of: second).names == expected)
    #expect(second.result.unchangedFiles == 5)
  }

  @Test("any series of changes comes out as the tree then was, however fast they come", arguments: 1...6)
  func random(seed: UInt64) throws {
    fixture.clock = nil
    var random = SeededGenerator(seed: seed)
    var model: [String: [UInt8]] = [:]
    for number in 0..<5 { source.makeDirectory("d\(number)") }
    for round in 0..<5 {
      for _ in 0..<12 {
        let name = "d\(random.next() % 5)/f\(random.next() % 8)"
        if random.next() % 3 == 0 {
          source.remove(name)
          model[name] = nil
        } else {
          model[name] = random.bytes(Int(random.next() % 3) * 1000)
          try source.write(name, model[name] ?? [])
        }
      }
      let taken = try fixture.backUp(workers: Int(random.next() % 3) + 1)
      #expect(taken.messages == [])
      #expect(try fixture.contents(of: taken).files == model, "seed \(seed), round \(round)")
      let fresh = try fixture.backUp { $0.parent = .none }
      // Not the roots: the directories above are everybody's, and change meanwhile.
      let nodes = try (fixture.contents(of: fresh), fixture.contents(of: taken))
      #expect(
        nodes.0.entries.mapValues(\.node) == nodes.1.entries.mapValues(\.node),
        "seed \(seed), round \(round): not what a backup without parent makes")
    }
  }
}
