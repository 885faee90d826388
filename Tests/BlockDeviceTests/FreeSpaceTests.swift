import TestSupport
import Testing

@testable import Backend

@Suite("The free space of a volume")
struct FreeSpaceTests {
  @Test("is what a table of single blocks says, whatever is taken and given back", arguments: UInt64(1)...20)
  func agreesWithTable(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var table = [Bool](repeating: false, count: 200)
    var space = FreeSpace()
    for step in 0..<400 {
      let start = generator.below(200)
      let count = 1 + generator.below(min(30, 200 - start))
      let extent = Extent(start: UInt64(start), count: UInt64(count))
      let range = start..<start + count
      if generator.below(2) == 0 {
        let isPossible = table[range].allSatisfy { $0 }
        #expect(space.take(extent) == isPossible, "seed \(seed), step \(step)")
        if isPossible { for block in range { table[block] = false } }
      } else {
        let isPossible = table[range].allSatisfy { !$0 }
        #expect(space.give(extent) == isPossible, "seed \(seed), step \(step)")
        if isPossible { for block in range { table[block] = true } }
      }
      #expect(space.extents == Self.extents(of: table), "seed \(seed), step \(step)")
      #expect(space.blockCount == UInt64(table.count { $0 }), "seed \(seed), step \(step)")
      checkAllocations(space, &generator, "seed \(seed), step \(step)")
    }
  }

  private func checkAllocations(_ space: FreeSpace, _ generator: inout SeededGenerator, _ place: String) {
    let wanted = UInt64(1 + generator.below(60))
    let preferred = UInt64(generator.below(200))
    let limit = generator.below(5)
    let largest = space.extents.map(\.count).sorted(by: >).prefix(limit).reduce(0, +)
    let found = space.allocation(of: wanted, at: preferred, limit: limit)
    let neighbours = space.extents.first { $0.start <= preferred && preferred + wanted <= $0.end }
    #expect((found != nil) == (neighbours != nil || largest >= wanted), "\(place)")
    guard let found else { return }
    var rest = space
    #expect(found.blockCount == wanted && found.allSatisfy { rest.take($0) }, "\(place)")
    #expect(neighbours != nil || found.count <= limit, "\(place)")
    if let extent = neighbours {
      #expect(found == [Extent(start: preferred, count: wanted)], "\(place): \(extent)")
    }
  }

  private static func extents(of table: [Bool]) -> [Extent] {
    var extents: [Extent] = []
    for block in table.indices where table[block] {
      extents = extents.joined(with: [.init(start: UInt64(block), count: 1)])
    }
    return extents
  }
}
