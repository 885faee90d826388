/// How a sequence of bytes is laid out in sectors, and how much parity it has.
///
/// Sectors follow one another; 1,600 of them make a stripe. Sector `i` of a stripe belongs to group `i mod 8`, in column
/// `i / 8`, so that damaged sectors that lie together fall into different groups. Each group has parity sectors of its own.
public struct StripeLayout: Hashable, Sendable {
  /// The groups of a stripe.
  public static let groupCount = 8
  /// The sectors of a group, at most.
  public static let columnCount = 200
  /// A sector's length in bytes; that of the whole where it is shorter.
  public static let sectorLength = 4_096
  /// The parity sectors that a full group may have.
  public static let rowCounts = 1...20
  /// The sectors of a full stripe.
  static let stripeLength = groupCount * columnCount

  /// The length of the bytes, at least 1.
  public let length: Int
  /// The parity sectors of a full group.
  public let rowCount: Int

  /// The layout of `length` bytes, at least 1, with `rowCount` parity sectors in a full group.
  public init(length: Int, rowCount: Int) {
    precondition(length >= 1 && Self.rowCounts.contains(rowCount), "an impossible layout")
    self.length = length
    self.rowCount = rowCount
  }

  /// The length of each sector in bytes; the last one is filled up with zeros.
  public var sectorLength: Int { min(Self.sectorLength, length) }

  /// How many sectors the bytes take.
  public var sectorCount: Int { (length - 1) / sectorLength + 1 }

  /// How many stripes they make.
  public var stripeCount: Int { (sectorCount - 1) / Self.stripeLength + 1 }

  /// How many parity sectors all stripes have together.
  public var parityCount: Int {
    let last = stripe(stripeCount - 1)
    return last.firstParity + last.parityCount
  }

  /// A stripe; the last one may be shorter than the others.
  public func stripe(_ index: Int) -> Stripe {
    let first = index * Self.stripeLength
    return Stripe(
      firstSector: first, sectorCount: min(Self.stripeLength, sectorCount - first),
      firstParity: index * Self.groupCount * rowCount, fullRowCount: rowCount)
  }
}

/// The sectors of one stripe.
public struct Stripe: Hashable, Sendable {
  /// The number of its first sector.
  public let firstSector: Int
  /// How many sectors it has.
  public let sectorCount: Int
  /// The number of its first parity sector. The others follow, group by group.
  public let firstParity: Int
  /// The parity sectors of each group that has sectors: in proportion to the columns, rounded up.
  public let rowCount: Int

  init(firstSector: Int, sectorCount: Int, firstParity: Int, fullRowCount: Int) {
    self.firstSector = firstSector
    self.sectorCount = sectorCount
    self.firstParity = firstParity
    let columns = (sectorCount - 1) / StripeLayout.groupCount + 1
    rowCount = (columns * fullRowCount - 1) / StripeLayout.columnCount + 1
  }

  /// The groups that have sectors.
  public var groupCount: Int { min(StripeLayout.groupCount, sectorCount) }

  /// How many parity sectors the stripe has.
  public var parityCount: Int { groupCount * rowCount }

  /// How many sectors a group has.
  func columnCount(of group: Int) -> Int {
    (sectorCount - 1 - group) / StripeLayout.groupCount + 1
  }
}
