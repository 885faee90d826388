import Backend
import ErasureCoding
import Format

/// An object's parity as it is stored. Nothing in it is believed but where it helps to verified bytes.
struct StoredParity {
  let description: ParityDescription
  private let reader: SectorReader

  /// Reads the description; one of its copies has to be sound.
  ///
  /// - Throws: `.missing` if the object has no parity, `.damaged` if it is of no use.
  init(of name: ObjectName, backend: any Backend) throws(RepositoryError) {
    reader = try SectorReader(name.parity(), backend: backend)
    guard reader.size <= UInt64(ParityDescription.objectLengthLimit) else {
      throw RepositoryError(.damaged, "the parity of \(name) is longer than any can be")
    }
    let size = Int(reader.size)
    do throws(RepositoryError) {
      description = try Self.description(.head, headerOffset: 0, size: size, reader)
    } catch let error where error.saysDamaged {
      let offset = size - ParityDescription.headerLength - ParityDescription.digestLength
      guard offset >= 0 else { throw error }
      description = try Self.description(.tail, headerOffset: offset, size: size, reader)
    }
  }

  var layout: StripeLayout { description.layout }

  /// Reads the parity sectors of a stripe, and tells which of them are damaged, counted from the stripe's first.
  func sectors(of stripe: Stripe) throws(RepositoryError) -> (bytes: [UInt8], damaged: Set<Int>) {
    var bytes = [UInt8](repeating: 0, count: stripe.parityCount * layout.sectorLength)
    let offset = ParityDescription.length(layout) + stripe.firstParity * layout.sectorLength
    try bytes.withMutableBytes { (bytes) throws(RepositoryError) in
      try reader.read(at: offset, sectorLength: layout.sectorLength, into: bytes)
    }
    let expected = description.parityChecksums.dropFirst(stripe.firstParity).prefix(stripe.parityCount)
    let damaged = bytes.withUnsafeBytes { $0.damagedSectors(layout.sectorLength, expected) }
    return (bytes, Set(damaged))
  }

  /// Whether everything is what was written: both copies of the description, and every parity sector.
  func isSound() throws(RepositoryError) -> Bool {
    guard reader.size == UInt64(ParityDescription.objectLength(layout)) else { return false }
    let length = ParityDescription.length(layout)
    for (copy, offset) in [(ParityDescription.Copy.head, 0), (.tail, Int(reader.size) - length)] {
      guard try Self.bytes(at: offset, count: length, reader) == description.encode(copy) else { return false }
    }
    for index in 0..<layout.stripeCount {
      guard try sectors(of: layout.stripe(index)).damaged.isEmpty else { return false }
    }
    return true
  }

  private static func description(
    _ copy: ParityDescription.Copy, headerOffset: Int, size: Int, _ reader: SectorReader
  ) throws(RepositoryError) -> ParityDescription {
    try RepositoryError.wrapping("\(reader.name)") { () throws in
      let header = try bytes(at: headerOffset, count: ParityDescription.headerLength, reader)
      let layout = try header.withBytes { (bytes) throws(FormatError) in try ParityDescription.decodeHeader(bytes) }
      let length = ParityDescription.length(layout)
      guard length <= size else { throw RepositoryError(.damaged, "\(reader.name) ends too early") }
      let encoded = try bytes(at: copy == .head ? 0 : size - length, count: length, reader)
      return try encoded.withBytes { (bytes) throws(FormatError) in try ParityDescription.decode(bytes, copy) }
    }
  }

  private static func bytes(at offset: Int, count: Int, _ reader: SectorReader) throws(RepositoryError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withMutableBytes { (bytes) throws(RepositoryError) in
      try reader.read(at: offset, sectorLength: count, into: bytes)
    }
    return bytes
  }
}

extension UnsafeRawBufferPointer {
  /// The sectors, by number, whose checksums are not those expected.
  func damagedSectors(_ sectorLength: Int, _ expected: some Sequence<UInt64>) -> [Int] {
    expected.enumerated().compactMap { index, checksum in
      let start = index * sectorLength
      let sector = UnsafeRawBufferPointer(rebasing: self[start..<start + sectorLength])
      return CRC64.checksum(sector) == checksum ? nil : index
    }
  }
}
