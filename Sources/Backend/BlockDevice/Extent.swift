/// Neighbouring blocks of a volume; never none.
package struct Extent: Hashable, Sendable {
  /// The first block.
  package let start: UInt64
  /// How many there are.
  package let count: UInt64

  /// The block behind the last one.
  package var end: UInt64 { start + count }

  /// - Precondition: `count` is not zero and the end is a number of 64 bits.
  package init(start: UInt64, count: UInt64) {
    precondition(count > 0 && start.addingReportingOverflow(count).overflow == false, "no extent")
    self.start = start
    self.count = count
  }

  /// The first blocks of it.
  func prefix(_ count: UInt64) -> Extent { Extent(start: start, count: count) }

  /// Whether a block belongs to both.
  func overlaps(_ other: Extent) -> Bool { start < other.end && other.start < end }
}

extension [Extent] {
  /// How many blocks there are in all.
  package var blockCount: UInt64 { reduce(0) { $0 + $1.count } }

  /// The first `count` blocks, and the rest.
  func split(after count: UInt64) -> (head: [Extent], tail: [Extent]) {
    var head: [Extent] = []
    var tail: [Extent] = []
    var missing = count
    for extent in self {
      let taken = Swift.min(missing, extent.count)
      if taken > 0 { head.append(extent.prefix(taken)) }
      if taken < extent.count { tail.append(Extent(start: extent.start + taken, count: extent.count - taken)) }
      missing -= taken
    }
    return (head, tail)
  }

  /// These and more behind them; neighbours become one.
  func joined(with more: [Extent]) -> [Extent] {
    var joined = self
    for extent in more {
      if let last = joined.last, last.end == extent.start {
        joined[joined.count - 1] = Extent(start: last.start, count: last.count + extent.count)
      } else {
        joined.append(extent)
      }
    }
    return joined
  }
}
