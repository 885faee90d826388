public import ErasureCoding

/// What a parity object says about itself and about the object that it protects: how both are laid out, and a checksum of
/// each sector.
///
/// A parity object holds it twice, at its beginning and, with the header last, at its end. Nothing of it is secret or
/// authenticated: what is rebuilt with it counts only once it has been verified by other means.
public struct ParityDescription: Hashable, Sendable {
  /// One of the two copies.
  public enum Copy: Hashable, Sendable {
    /// At the beginning: header, checksums, digest.
    case head
    /// At the end: checksums, header, digest.
    case tail
  }

  /// The length of the header.
  public static let headerLength = 24
  /// The length of the digest.
  public static let digestLength = 32
  /// The length of a checksum.
  static let checksumLength = 8

  /// How the protected object is laid out.
  public var layout: StripeLayout
  /// The CRC-64 of each of its sectors, then of each parity sector.
  public var checksums: [UInt64]

  /// A description; there must be as many checksums as the layout has sectors of both kinds.
  public init(layout: StripeLayout, checksums: [UInt64]) {
    precondition(checksums.count == layout.sectorCount + layout.parityCount, "a checksum for each sector")
    self.layout = layout
    self.checksums = checksums
  }

  /// The checksums of the protected object's sectors.
  public var dataChecksums: ArraySlice<UInt64> { checksums.prefix(layout.sectorCount) }
  /// The checksums of the parity sectors.
  public var parityChecksums: ArraySlice<UInt64> { checksums.suffix(layout.parityCount) }

  /// The length of one copy of an object's description.
  public static func length(_ layout: StripeLayout) -> Int {
    headerLength + checksumLength * (layout.sectorCount + layout.parityCount) + digestLength
  }

  /// The length of the whole parity object.
  public static func objectLength(_ layout: StripeLayout) -> Int {
    2 * length(layout) + layout.parityCount * layout.sectorLength
  }

  /// The most bytes that a parity object has.
  public static let objectLengthLimit = objectLength(
    StripeLayout(length: Limits.packLength, rowCount: StripeLayout.rowCounts.upperBound))
}
