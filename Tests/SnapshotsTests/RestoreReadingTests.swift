import Backend
import Format
import Repository
import Snapshots
import Testing

struct ReadingTests {
  private let stored: TestRepository

  init() throws { stored = try TestRepository() }

  private func differences(_ old: [TestNode], _ new: [TestNode]) throws -> ([String], DifferenceCounts) {
    var lines: [String] = []
    let diff = SnapshotDiff(reader: try stored.reading().treeReader())
    let counts = try diff.compare(try stored.store(old), try stored.store(new)) { (difference) throws(SnapshotsError) in
      lines.append("\(difference.kind.rawValue) \(PathText.escape(difference.path))")
    }
    return (lines, counts)
  }

  @Test("a diff tells added, removed, changed content, changed metadata and changed types, with counts")
  func diff() throws {
    let (lines, counts) = try differences(
      [
        .directory("a", [.file("same", "1"), .file("gone", "22"), .file("bytes", "333")]),
        .file("mode", "x"), .file("turned", "abc"), .directory("z", [.directory("y", [.file("f", "1234")])]),
      ],
      [
        .directory("a", [.file("same", "1"), .file("bytes", "4444"), .file("more", "55555")]),
        .file("mode", "x").with { $0.mode = 0o600 }, .link("turned", to: "abc"),
      ])
    #expect(
      lines == [
        "content /a/bytes", "removed /a/gone", "added /a/more", "metadata /mode", "type /turned", "removed /z",
        "removed /z/y", "removed /z/y/f",
      ])
    #expect(counts.added.files == 1 && counts.added.others == 1 && counts.added.bytes == 5)
    #expect(counts.removed.files == 3 && counts.removed.directories == 2 && counts.removed.bytes == 2 + 3 + 4)
    #expect(counts.content.files == 1 && counts.content.bytes == 4 && counts.metadata.files == 1)
  }

  @Test("sizes that no disk could hold end no diff")
  func madeUpSizes() throws {
    let holes = [TestNode.Piece](repeating: .hole(1 << 61), count: 5)
    let (lines, counts) = try differences([], [.file("a", pieces: holes), .file("b", pieces: holes)])
    #expect(lines == ["added /a", "added /b"])
    #expect(counts.added.files == 2)
  }

  @Test("equal trees have no differences and aren't read")
  func equal() throws {
    let root = try stored.store([.file("f", "x")])
    for name in stored.backend.contents.keys where name.area == .packs { stored.backend.damage(name) { $0 = nil } }
    let counts = try SnapshotDiff(reader: try stored.reading().treeReader()).compare(root, root)
    #expect(counts.added.files == 0 && counts.removed.files == 0 && counts.content.files == 0)
  }

  @Test("a walk goes depth first by name, and passes over what it is told to")
  func walk() throws {
    let root = try stored.store([
      .directory("b", [.file("2", ""), .file("1", "")]), .directory("c", [.file("3", "")]), .file("a", ""),
      .directory("d", []),
    ])
    var walk = TreeWalk(reader: try stored.reading().treeReader(), tree: root)
    var steps: [String] = []
    while let step = try walk.next() {
      switch step {
      case .entry(let entry):
        steps.append(PathText.escape(entry.path))
        if entry.node.name == Array("c".utf8) { walk.skipDirectory() }
      case .leave(let isComplete): steps.append(isComplete ? "leave" : "cut")
      }
    }
    #expect(steps == ["/a", "/b", "/b/1", "/b/2", "leave", "/c", "/d", "leave", "leave"])
  }

  @Test("content is streamed in order through nested lists, and refused where a list has another length than stated")
  func content() throws {
    let reading = try stored.reading()
    let pieces: [TestNode.Piece] = [.data([1, 2]), .list([.hole(3), .list([.zeros(1), .data([3])])]), .data([4])]
    let tree = SnapshotTree(reader: try reading.treeReader(), root: try stored.store([.file("f", pieces: pieces)]))
    let location = try tree.locate(Array("f".utf8))
    let entry = try #require({ if case .entry(let entry) = location { entry } else { nil } }() as TreeEntry?)
    let reader = ContentReader(chunks: try reading.chunkReader())
    var seen: [String] = []
    try reader.read(entry) { (piece) throws(SnapshotsError) in
      switch piece {
      case .data(let bytes): seen.append("\(Array(bytes))")
      case .zeros(let count, let isHole): seen.append("\(isHole ? "hole" : "zeros") \(count)")
      }
    }
    #expect(seen == ["[1, 2]", "hole 3", "zeros 1", "[3]", "[4]"])
    guard case .file(var items) = entry.node.content, case .list(let id, let length) = items[1] else { return }
    items[1] = .list(id, length: length + 1)
    var cursor = ContentCursor(items: items)
    let chunks = try reading.chunkReader()
    _ = try cursor.next(reading: chunks)
    #expect { try cursor.next(reading: chunks) } throws: { ($0 as? RepositoryError)?.code == .damaged }
  }
}
