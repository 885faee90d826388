/// Which blocks of a volume nothing uses: extents in order, with a used block between any two.
package struct FreeSpace: Sendable, Equatable {
  /// The extents.
  package private(set) var extents: [Extent] = []
  /// How many blocks they have.
  package private(set) var blockCount: UInt64 = 0

  package init() {}

  /// Takes blocks that are all free; false, and nothing is changed, if one of them is not.
  package mutating func take(_ extent: Extent) -> Bool {
    let index = firstIndex(endingAfter: extent.start)
    guard index < extents.count, extents[index].start <= extent.start, extents[index].end >= extent.end else {
      return false
    }
    let whole = extents[index]
    var rest: [Extent] = []
    if whole.start < extent.start { rest.append(Extent(start: whole.start, count: extent.start - whole.start)) }
    if extent.end < whole.end { rest.append(Extent(start: extent.end, count: whole.end - extent.end)) }
    extents.replaceSubrange(index...index, with: rest)
    blockCount -= extent.count
    return true
  }

  /// Gives back blocks none of which is free; false, and nothing is changed, if one of them is.
  package mutating func give(_ extent: Extent) -> Bool {
    // The first that ends after this one's start is the first that could overlap it.
    var index = firstIndex(endingAfter: extent.start)
    if index < extents.count, extents[index].overlaps(extent) { return false }
    var joined = extent
    var replaced = index..<index
    if index < extents.count, extents[index].start == extent.end {
      joined = Extent(start: joined.start, count: joined.count + extents[index].count)
      replaced = index..<index + 1
    }
    if index > 0, extents[index - 1].end == extent.start {
      index -= 1
      joined = Extent(start: extents[index].start, count: joined.count + extents[index].count)
      replaced = index..<replaced.upperBound
    }
    extents.replaceSubrange(replaced, with: [joined])
    blockCount += extent.count
    return true
  }

  /// Where `count` blocks could be: from `preferred` on if they are free there, otherwise in the first extent that has so many,
  /// otherwise in the `limit` largest. Nil if they have not. With a limit of 0 only what is free from `preferred` on will do.
  package func allocation(of count: UInt64, at preferred: UInt64? = nil, limit: Int) -> [Extent]? {
    precondition(count > 0)
    if let preferred, let extent = free(from: preferred), extent.count >= count { return [extent.prefix(count)] }
    guard limit > 0 else { return nil }
    if let extent = extents.first(where: { $0.count >= count }) { return [extent.prefix(count)] }
    guard blockCount >= count else { return nil }
    var pieces: [Extent] = []
    var missing = count
    for extent in extents.sorted(by: { $0.count > $1.count }).prefix(limit) {
      pieces.append(extent.prefix(min(missing, extent.count)))
      missing -= min(missing, extent.count)
      if missing == 0 { return pieces }
    }
    return nil
  }

  /// Where `count` neighbouring blocks are free: the last such place, or the first.
  package func run(of count: UInt64, last: Bool) -> Extent? {
    guard last else { return extents.first { $0.count >= count }?.prefix(count) }
    return extents.last { $0.count >= count }.map { Extent(start: $0.end - count, count: count) }
  }

  /// The free blocks from `block` on, if it is free.
  private func free(from block: UInt64) -> Extent? {
    let index = firstIndex(endingAfter: block)
    guard index < extents.count, extents[index].start <= block else { return nil }
    return Extent(start: block, count: extents[index].end - block)
  }

  private func firstIndex(endingAfter block: UInt64) -> Int {
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].end > block { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
