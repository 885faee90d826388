import Format
import Glibc
import Snapshots
import TestSupport
import Testing

struct ArchiveContentTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  private func backUp(workers: Int = 2) throws -> SnapshotContents {
    let taken = try fixture.backUp(workers: workers)
    #expect(taken.messages == [])
    return try fixture.contents(of: taken)
  }

  /// Sizes around the buffers: a file of more than half a slab is read in slabs.
  private static let slab = 4 << 20

  @Test(
    "contents of every size around the borders of buffers come back",
    arguments: [
      0, 1, 16_383, 16_384, 16_385, slab / 2 - 1, slab / 2, slab / 2 + 1, slab - 1, slab, slab + 1, 2 * slab,
    ])
  func sizes(count: Int) throws {
    var random = SeededGenerator(seed: UInt64(count))
    let bytes = random.bytes(count)
    try source.write("file", bytes)
    let contents = try backUp()
    #expect(contents.files["file"] == bytes)
    #expect(try contents.node("file").size == UInt64(count))
  }

  @Test("30 MiB of noise come back, over content lists")
  func large() throws {
    var random = SeededGenerator(seed: 30)
    let bytes = random.bytes(30 << 20)
    try source.write("file", bytes)
    let contents = try backUp()
    #expect(contents.files["file"] == bytes)
    let items = try contents.items("file")
    #expect(items.contains { if case .list = $0 { true } else { false } }, "480 chunks don't fit into a node")
  }

  @Test("a small and a large file of the same beginning share chunks")
  func sharing() throws {
    var random = SeededGenerator(seed: 5)
    let bytes = random.bytes(6 << 20)
    try source.write("large", bytes)
    let first = try fixture.backUp()
    try source.write("small", Array(bytes[..<(1 << 20)]))
    let second = try fixture.backUp()
    // The last chunk ends earlier than in the large file; everything before it is known.
    #expect(second.statistics.newBytes - treeBytes(second) <= 262_144)
    #expect(first.statistics.newBytes >= 6 << 20)
    #expect(try fixture.contents(of: second).files["small"] == Array(bytes[..<(1 << 20)]))
  }

  /// More than the trees of such a snapshot take.
  private func treeBytes(_ taken: TakenSnapshot) -> UInt64 { min(taken.statistics.newBytes, 16 << 10) }

  private static let block = 64 << 10

  @Test("holes are found at the beginning, in the middle and at the end", arguments: [1, 4])
  func holes(workers: Int) throws {
    var random = SeededGenerator(seed: 7)
    let data = random.bytes(Self.block)
    let cases: [(name: String, data: [Int], length: Int, holes: [Range<Int>])] = [
      ("beginning", [4], 5, [0..<4]),
      ("middle", [0, 9], 10, [1..<9]),
      ("end", [0], 8, [1..<8]),
      ("everywhere", [3, 4, 20], 60, [0..<3, 5..<20, 21..<60]),
      ("nothing else", [], 100, [0..<100]),
    ]
    for file in cases {
      for block in file.data { try source.write(file.name, data, at: block * Self.block) }
      try source.truncate(file.name, to: file.length * Self.block)
    }
    let contents = try backUp(workers: workers)
    for file in cases {
      var expected = [UInt8](repeating: 0, count: file.length * Self.block)
      for block in file.data { expected.replaceSubrange(block * Self.block..<(block + 1) * Self.block, with: data) }
      #expect(contents.files[file.name] == expected, "\(file.name)")
      #expect(
        try holes(of: file.name, contents) == file.holes.map { $0.lowerBound * Self.block..<$0.upperBound * Self.block }
      )
    }
  }

  @Test("a huge hole costs nothing")
  func hugeHole() throws {
    try source.truncate("huge", to: 1 << 40)
    try source.write("huge", Array("end".utf8), at: 1 << 40)
    let taken = try fixture.backUp()
    #expect(taken.messages == [])
    #expect(taken.statistics.bytes == 1 << 40 + 3)
    #expect(taken.statistics.newBytes < 32 << 10)
  }

  @Test("zeros that are allocated are kept as zeros, not as a hole, and store nothing")
  func allocatedZeros() throws {
    let count = 3 << 20
    try source.write("zeros", [UInt8](repeating: 0, count: count))
    try source.write("few", [UInt8](repeating: 0, count: 100))
    let taken = try fixture.backUp()
    #expect(!taken.newPacks.contains(.data))
    let contents = try fixture.contents(of: taken)
    #expect(try contents.items("zeros") == [.zeros(length: UInt64(count))])
    #expect(try contents.items("few") == [.zeros(length: 100)])
    #expect(try contents.items("zeros").count == 1)
  }

  @Test("an empty file has no items")
  func empty() throws {
    try source.write("empty", "")
    #expect(try backUp().items("empty") == [])
  }

  @Test("numbers of workers make no difference to the tree", arguments: [0, 1])
  func workers(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for number in 0..<40 {
      source.makeDirectory("d\(number)")
      for file in 0..<Int.random(in: 0...12, using: &random) {
        try source.write("d\(number)/f\(file)", random.bytes(Int.random(in: 0...40_000, using: &random)))
      }
    }
    try source.write("large", random.bytes(9 << 20))
    try source.write("sparse", random.bytes(100_000), at: 10 << 20)
    let first = try fixture.backUp(workers: 1)
    for workers in [2, 4] {
      let again = try fixture.backUp(workers: workers) { $0.parent = .none }
      #expect(again.root == first.root, "seed \(seed), \(workers) workers")
      #expect(again.newPacks == [], "seed \(seed), \(workers) workers")
      #expect(again.result.unchangedFiles == 0)
      #expect(again.statistics.files == first.statistics.files)
      #expect(again.statistics.bytes == first.statistics.bytes)
    }
  }

  private func holes(of name: String, _ contents: SnapshotContents) throws -> [Range<Int>] {
    var holes: [Range<Int>] = []
    var offset = 0
    for item in try contents.items(name) {
      if case .hole = item { holes.append(offset..<offset + Int(item.length)) }
      offset += Int(item.length)
    }
    return holes
  }
}
