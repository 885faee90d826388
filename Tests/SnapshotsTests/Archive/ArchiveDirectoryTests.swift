import Format
import Glibc
import Snapshots
import Testing

struct ArchiveDirectoryTests {
  private let fixture: ArchiveFixture
  private var source: SourceDirectory { fixture.source }

  init() throws { fixture = try ArchiveFixture() }

  @Test("a directory of 20,000 entries is split, keeps its trees, and a new name changes few of them")
  func large() throws {
    let count = 20_000
    for number in 0..<count { try source.write("entry \(number)", "") }
    let first = try fixture.backUp()
    #expect(first.messages == [])
    let before = try fixture.contents(of: first)
    #expect(before.names.count == count)
    let objects = try before.objects()
    #expect(objects.leaves.count >= 4 && objects.branches.count == 1)

    let second = try fixture.backUp()
    #expect(second.root == first.root)
    #expect(second.newPacks == [])
    #expect(second.result.unchangedFiles == UInt64(count))

    try source.write("entry 10000 and a half", "")
    let third = try fixture.backUp()
    let after = try fixture.contents(of: third)
    #expect(after.names == before.names.union(["entry 10000 and a half"]))
    let changed = try after.objects()
    #expect(changed.leaves.subtracting(objects.leaves).count <= 2)
    #expect(changed.branches.subtracting(objects.branches).count == 1)

    source.remove("entry 10000 and a half")
    // The directory's own times are new, its entries are not.
    #expect(try fixture.contents(of: try fixture.backUp()).tree() == before.tree())
  }

  @Test("directories may be empty and nested deep", arguments: [1, 4])
  func deep(workers: Int) throws {
    let depth = 800
    var path = ""
    for _ in 0..<depth {
      path += path.isEmpty ? "d" : "/d"
      source.makeDirectory(path)
    }
    let first = try fixture.backUp(workers: workers)
    #expect(first.messages == [])
    #expect(try fixture.contents(of: first).names.count == depth)
    #expect(try fixture.backUp(workers: workers).newPacks == [])
  }
}
