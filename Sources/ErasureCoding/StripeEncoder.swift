/// Parity with what is needed to find damaged sectors.
public struct EncodedParity: Hashable, Sendable {
  /// How the data is laid out.
  public let layout: StripeLayout
  /// The checksum of each data sector, then of each parity sector.
  public let checksums: [UInt64]
  /// The parity sectors.
  public let parity: [UInt8]
}

/// Makes the parity of bytes that come in pieces of any length.
///
/// Of the data only an unfinished sector is kept; of the parity, all of it: about as many per cent as a full group has
/// rows per hundred columns.
public struct StripeEncoder: Sendable {
  private let code: CauchyCode
  /// The parity of the stripe so far: for each group the sectors of its rows.
  private var sums: [UInt8]
  /// A sector that is not full yet.
  private var partial = [UInt8](repeating: 0, count: StripeLayout.sectorLength)
  private var partialCount = 0
  /// How many sectors of the stripe were added.
  private var sectorCount = 0
  private var length = 0
  private var checksums: [UInt64] = []
  private var parity: [UInt8] = []

  /// An encoder without any bytes yet, with `rowCount` parity sectors in a full group.
  public init(rowCount: Int) {
    code = CauchyCode(rowCount: rowCount)
    sums = [UInt8](repeating: 0, count: StripeLayout.groupCount * rowCount * StripeLayout.sectorLength)
  }

  /// Adds bytes at the end.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    length += bytes.count
    var rest = bytes[...]
    if partialCount > 0 {
      take(&rest)
      guard partialCount == StripeLayout.sectorLength else { return }
      partialCount = 0
      addPartial(StripeLayout.sectorLength)
    }
    while rest.count >= StripeLayout.sectorLength {
      let sector = UnsafeRawBufferPointer(rebasing: rest.prefix(StripeLayout.sectorLength))
      checksums.append(CRC64.checksum(sector))
      add(sector)
      rest = rest.dropFirst(StripeLayout.sectorLength)
    }
    take(&rest)
  }

  /// The parity of everything that was added, at least one byte.
  public consuming func finish() -> EncodedParity {
    let layout = StripeLayout(length: length, rowCount: code.rowCount)
    if partialCount > 0 {
      for index in partialCount..<StripeLayout.sectorLength { partial[index] = 0 }
      addPartial(layout.sectorLength)
    }
    if sectorCount > 0 { endStripe(layout.stripe(layout.stripeCount - 1), sectorLength: layout.sectorLength) }
    parity.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: layout.sectorLength) {
        checksums.append(CRC64.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<start + layout.sectorLength])))
      }
    }
    return EncodedParity(layout: layout, checksums: checksums, parity: parity)
  }

  /// Moves as many bytes as fit to the unfinished sector.
  private mutating func take(_ bytes: inout Slice<UnsafeRawBufferPointer>) {
    let count = min(bytes.count, StripeLayout.sectorLength - partialCount)
    guard count > 0 else { return }
    partial.withUnsafeMutableBytes { partial in
      UnsafeMutableRawBufferPointer(rebasing: partial[partialCount..<partialCount + count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
    }
    partialCount += count
    bytes = bytes.dropFirst(count)
  }

  /// Adds the sector that was gathered; its checksum covers `count` bytes.
  private mutating func addPartial(_ count: Int) {
    let sector = partial
    sector.withUnsafeBytes { sector in
      checksums.append(CRC64.checksum(UnsafeRawBufferPointer(rebasing: sector[..<count])))
      add(sector)
    }
  }

  private mutating func add(_ sector: UnsafeRawBufferPointer) {
    let group = sectorCount % StripeLayout.groupCount
    let column = sectorCount / StripeLayout.groupCount
    let groupLength = code.rowCount * StripeLayout.sectorLength
    sums.withUnsafeMutableBytes { sums in
      code.add(
        sector, column: column,
        to: UnsafeMutableRawBufferPointer(rebasing: sums[group * groupLength..<(group + 1) * groupLength]))
    }
    sectorCount += 1
    guard sectorCount == StripeLayout.stripeLength else { return }
    let full = Stripe(
      firstSector: 0, sectorCount: sectorCount, firstParity: 0, fullRowCount: code.rowCount)
    endStripe(full, sectorLength: StripeLayout.sectorLength)
  }

  private mutating func endStripe(_ stripe: Stripe, sectorLength: Int) {
    for group in 0..<stripe.groupCount {
      for row in 0..<stripe.rowCount {
        let start = (group * code.rowCount + row) * StripeLayout.sectorLength
        parity += sums[start..<start + sectorLength]
      }
    }
    sums.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
    sectorCount = 0
  }
}
