import FileSystem
import TestSupport
import Testing

@Suite struct NameTests {
  @Test("a name is refused where Linux can have no such entry")
  func refusedNames() {
    for bytes in [[], [0x2E], [0x2E, 0x2E], [0x61, 0x2F], [0x2F], [0x61, 0], [UInt8](repeating: 0x61, count: 256)] {
      #expect(FileName(bytes) == nil, "\(bytes)")
    }
    for bytes in [[0x2E, 0x2E, 0x2E], [0xFF], [0x2E, 0x61], [0x0A], [UInt8](repeating: 0x61, count: 255)] {
      #expect(FileName(bytes).map { Array($0.bytes) } == bytes)
    }
  }

  @Test("names and paths are ordered by unsigned bytes, a beginning before the whole")
  func order() throws {
    var generator = SeededGenerator(seed: 7)
    let alphabet: [UInt8] = [1, 0x2E, 0x61, 0x80, 0xFF]
    var strings: [[UInt8]] = []
    for _ in 0..<500 {
      let count = Int.random(in: 0...4, using: &generator)
      strings.append((0..<count).map { _ in alphabet[Int.random(in: 0..<5, using: &generator)] })
    }
    for (left, right) in zip(strings, strings.reversed()) {
      let leftPath = try #require(PathBytes(left))
      let rightPath = try #require(PathBytes(right))
      let precedes = left.lexicographicallyPrecedes(right)
      #expect((leftPath < rightPath) == precedes, "seed 7: \(left) \(right)")
      #expect((leftPath == rightPath) == (left == right), "seed 7: \(left) \(right)")
    }
  }

  @Test("equal bytes are one key of a set, whatever they were made from")
  func hashing() throws {
    let made = try #require(FileName([0x61, 0x62]))
    #expect(Set([made, "ab", "ba"]).count == 2)
  }

  @Test("a path is lent as a C string and as bytes without the terminator")
  func lending() throws {
    let path = try #require(PathBytes([0xC3, 0x28]))
    #expect(path.withBytes { Array($0) } == [0xC3, 0x28])
    #expect(path.withCString { [$0[0], $0[1], $0[2]] } == [CChar(bitPattern: 0xC3), 0x28, 0])
    #expect(PathBytes.empty.withBytes { $0.count } == 0)
  }

  @Test("appending a name puts one slash between")
  func appending() {
    #expect(("/a" as PathBytes).appending("b") == "/a/b")
    #expect(("/" as PathBytes).appending("b") == "/b")
    #expect(PathBytes.empty.appending("b") == "b")
  }
}
