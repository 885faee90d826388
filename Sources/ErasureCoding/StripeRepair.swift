extension Stripe {
  /// Rebuilds the sectors of the stripe that are damaged from those that are not.
  ///
  /// - Parameters:
  ///   - sectors: the stripe's sectors, of which the last was filled up with zeros; the damaged ones are overwritten.
  ///   - damaged: the damaged ones, counted from the stripe's first.
  ///   - parity: the stripe's parity sectors.
  ///   - damagedParity: those of them that can't be used, counted from the stripe's first.
  /// - Returns: false if a group has more damaged sectors than parity sectors that can be used. Nothing is promised of the
  ///   damaged sectors then.
  public func repair(
    _ sectors: UnsafeMutableRawBufferPointer, damaged: [Int], parity: UnsafeRawBufferPointer,
    damagedParity: Set<Int>
  ) -> Bool {
    let length = sectors.count / sectorCount
    precondition(
      sectors.count == length * sectorCount && parity.count == length * parityCount, "not the stripe's sectors")
    guard let data = sectors.baseAddress, let start = parity.baseAddress else { return damaged.isEmpty }
    for (group, lost) in Dictionary(grouping: damaged, by: { $0 % StripeLayout.groupCount }) {
      let rows = (0..<rowCount).filter { !damagedParity.contains(group * rowCount + $0) }.prefix(lost.count)
      guard rows.count == lost.count else { return false }
      repair(group, lost: lost, rows: Array(rows), data, start, length)
    }
    return true
  }

  /// Takes from the parity what the sound columns put into it; what is left are sums of the lost ones alone.
  private func repair(
    _ group: Int, lost: [Int], rows: [Int], _ data: UnsafeMutableRawPointer, _ parity: UnsafeRawPointer,
    _ length: Int
  ) {
    let lostSectors = lost.map { data + $0 * length }
    for sector in lostSectors { sector.initializeMemory(as: UInt8.self, repeating: 0, count: length) }
    let columns = Array(0..<columnCount(of: group))
    let sectors = columns.map { data + ($0 * StripeLayout.groupCount + group) * length }
    var sums = [UInt8](repeating: 0, count: rows.count * length)
    sums.withUnsafeMutableBytes { sums in
      guard let start = sums.baseAddress else { return }
      let targets = rows.indices.map { start + $0 * length }
      CauchyCode.multiply(CauchyCode.matrix(rows: rows, columns: columns), sectors, into: targets, length: length)
      for (index, row) in rows.enumerated() {
        let stored = UnsafeRawBufferPointer(start: parity + (group * rowCount + row) * length, count: length)
        for byte in 0..<length { sums[index * length + byte] ^= stored[byte] }
      }
      let lostColumns = lost.map { $0 / StripeLayout.groupCount }
      CauchyCode.multiply(
        CauchyCode.inverse(rows: rows, columns: lostColumns), targets, into: lostSectors, length: length)
    }
  }
}
