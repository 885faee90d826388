import Format
import Testing

@Suite struct TreeObjectTests {
  private let id = String(repeating: "cd", count: 32)
  private let fifo = "04 00 00 00 00 00 00 00 00 00 00 00 00"

  private func decode(_ hex: String) -> FormatError.Code? {
    failure { () throws(FormatError) in try TreeObject.decode(bytes(hex)) }?.code
  }

  @Test("the known leaf and branch have the known bytes")
  func knownAnswers() throws {
    let leaf = TreeObject.leaf(
      TreeLeaf(
        users: [OwnerName(id: 0, name: [0x72]), OwnerName(id: 1_000, name: [])],
        groups: [OwnerName(id: 5, name: [0x67])]))
    let knownLeaf = bytes("01 00 02 00 01 72 e807 00 01 05 01 67 00")
    #expect(leaf.encode() == knownLeaf)
    #expect(try TreeObject.decode(knownLeaf) == leaf)
    let tree = try #require(ChunkID(hex: id))
    let branch = TreeObject.branch([
      TreeChild(firstName: [0x61], id: tree), TreeChild(firstName: [0x61, 0x62], id: tree),
    ])
    let knownBranch = bytes("01 01 02 01 61 \(id) 02 6162 \(id)")
    #expect(branch.encode() == knownBranch)
    #expect(try TreeObject.decode(knownBranch) == branch)
    #expect(knownBranch.withUnsafeBytes(TreeObject.isBranch))
    #expect(!knownLeaf.withUnsafeBytes(TreeObject.isBranch))
    #expect(![UInt8]().withUnsafeBytes(TreeObject.isBranch))
  }

  @Test("names and owners are in strictly ascending order")
  func order() {
    #expect(decode("01 00 00 00 02 01 61 \(fifo) 01 62 \(fifo)") == nil)
    #expect(decode("01 00 00 00 02 01 61 \(fifo) 01 61 \(fifo)") == .malformed)
    #expect(decode("01 00 00 00 02 01 62 \(fifo) 01 61 \(fifo)") == .malformed)
    #expect(decode("01 00 00 00 02 02 6161 \(fifo) 01 61 \(fifo)") == .malformed)
    #expect(decode("01 00 00 00 02 01 7f \(fifo) 01 80 \(fifo)") == nil, "bytes are unsigned")
    #expect(decode("01 00 02 01 00 01 00 00 00") == .malformed)
    #expect(decode("01 00 00 02 02 00 01 00 00") == .malformed)
    #expect(decode("01 01 02 01 61 \(id) 01 61 \(id)") == .malformed)
    #expect(decode("01 01 01 01 2f \(id)") == .malformed, "a name with a slash")
  }

  @Test("versions, forms, counts and lengths are checked")
  func refused() {
    #expect(decode("02 00 00 00 00") == .unsupported)
    #expect(decode("01 02 00 00 00") == .unsupported)
    #expect(decode("01 01 00") == .malformed, "a branch without children")
    #expect(decode("01 00 00 00 00 00") == .malformed, "left over")
    #expect(decode("01 00 00 00 ffffffffffffffffff01") == .malformed)
    #expect(decode("01 01 ffffffffffffffffff01") == .malformed)
    #expect(decode("01 00 01 8080808010 00 00 00") == .limit, "uid of 33 bits")
    let tooLong = [UInt8](repeating: 0, count: Limits.chunkLength + 1)
    #expect(failure { () throws(FormatError) in try TreeObject.decode(tooLong) }?.code == .limit)
  }

  @Test("any tree object comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<100 {
      var generator = SeededGenerator(seed: seed)
      let object: TreeObject =
        generator.chance(4)
        ? generator.branch(1 + generator.below(3)) : .leaf(generator.leaf(generator.below(seed < 6 ? 3 : 12)))
      let valid = object.encode()
      #expect(try TreeObject.decode(valid) == object, "seed \(seed)")
      guard seed < 6 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in try TreeObject.decode(bytes) }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try TreeObject.decode(bytes)
      } check: { value, changed in
        (try? TreeObject.decode(value.encode())) == value
      }
    }
  }
}
