import ErasureCoding
import TestSupport
import Testing

/// Parity that was made of some bytes, and what can be done with it.
private struct Protected {
  let bytes: [UInt8]
  let encoded: EncodedParity

  init(_ bytes: [UInt8], rowCount: Int, piece: Int = 10_007) {
    self.bytes = bytes
    var encoder = StripeEncoder(rowCount: rowCount)
    bytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: piece) {
        encoder.append(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)]))
      }
    }
    encoded = encoder.finish()
  }

  var layout: StripeLayout { encoded.layout }

  /// A stripe's sectors after damage to some of them and to some parity sectors; nil if they can't be brought back.
  func repaired(_ index: Int, damaged: Set<Int>, damagedParity: Set<Int> = []) -> [UInt8]? {
    let stripe = layout.stripe(index)
    let length = layout.sectorLength
    var sectors = sectors(index)
    for byte in damaged.flatMap({ $0 * length..<($0 + 1) * length }) { sectors[byte] ^= 0x5A }
    var parity = Array(encoded.parity[stripe.firstParity * length..<(stripe.firstParity + stripe.parityCount) * length])
    for byte in damagedParity.flatMap({ $0 * length..<($0 + 1) * length }) { parity[byte] ^= 0xA5 }
    let isRepaired = sectors.withUnsafeMutableBytes { sectors in
      parity.withUnsafeBytes {
        stripe.repair(sectors, damaged: damaged.sorted(), parity: $0, damagedParity: damagedParity)
      }
    }
    return isRepaired ? sectors : nil
  }

  /// A stripe's sectors as they were, filled up with zeros.
  func sectors(_ index: Int) -> [UInt8] {
    let stripe = layout.stripe(index)
    let start = stripe.firstSector * layout.sectorLength
    let count = stripe.sectorCount * layout.sectorLength
    let present = bytes[start..<min(start + count, bytes.count)]
    return present + [UInt8](repeating: 0, count: count - present.count)
  }
}

@Suite("Parity of stripes") struct StripeTests {
  @Test("CRC-64/XZ has its check value")
  func checksum() {
    let checksum = Array("123456789".utf8).withUnsafeBytes { CRC64.checksum($0) }
    #expect(checksum == 0x995D_C9BB_DF19_39FA)
  }

  @Test("one sector's parity rows are the sector times 1 / (200 + row) in GF(256) with the polynomial 0x11d")
  func factors() {
    // By hand: 200 times its inverse is 1, by the schoolbook product.
    let parity = Protected([1] + [UInt8](repeating: 0, count: 4_095), rowCount: 20).encoded.parity
    #expect(parity.count == 4_096)
    #expect(product(parity[0], 200) == 1)
    let columns = Protected([UInt8](repeating: 1, count: 4_096 * 8 * 200), rowCount: 2).encoded.parity
    let inverses: [UInt8] = (1...255).map { value in
      (1...255).first { product($0, value) == 1 } ?? 0
    }
    for row in 0..<2 {
      let expected: UInt8 = (0..<200).reduce(0) { $0 ^ inverses[((200 + row) ^ $1) - 1] }
      #expect(columns[row * 4_096] == expected)
    }
  }

  @Test("the length of the pieces makes no difference", arguments: [1, 4_095, 4_096, 4_097, 1 << 20])
  func pieces(piece: Int) {
    var generator = SeededGenerator(seed: 1)
    let bytes = generator.bytes(piece == 1 ? 20_000 : 300_000)
    #expect(Protected(bytes, rowCount: 6, piece: piece).encoded == Protected(bytes, rowCount: 6, piece: 7_777).encoded)
  }

  @Test(
    "layouts have the sectors that the format says",
    arguments: [
      // length, rows of a full group, sector length, sectors, stripes, parity sectors
      (1, 6, 1, 1, 1, 1), (500, 6, 500, 1, 1, 1), (4_096, 6, 4_096, 1, 1, 1), (4_097, 6, 4_096, 2, 1, 2),
      (100_000, 6, 4_096, 25, 1, 8), (272 * 4_096, 6, 4_096, 272, 1, 16), (1_600 * 4_096, 6, 4_096, 1_600, 1, 48),
      (1_600 * 4_096 + 1, 6, 4_096, 1_601, 2, 49), (64 << 20, 6, 4_096, 16_384, 11, 496),
    ])
  func layouts(length: Int, rows: Int, sectorLength: Int, sectors: Int, stripes: Int, parity: Int) {
    let layout = StripeLayout(length: length, rowCount: rows)
    #expect(layout.sectorLength == sectorLength)
    #expect(layout.sectorCount == sectors)
    #expect(layout.stripeCount == stripes)
    #expect(layout.parityCount == parity)
  }

  @Test("any damage within the bounds heals, and beyond them it says that it can't")
  func property() {
    for seed: UInt64 in 0..<24 {
      var generator = SeededGenerator(seed: seed)
      let rowCount = 1 + generator.below(20)
      let bytes = generator.bytes(1 + generator.below(seed < 8 ? 60_000 : 9_000_000))
      let protected = Protected(bytes, rowCount: rowCount)
      let index = generator.below(protected.layout.stripeCount)
      let stripe = protected.layout.stripe(index)
      // So many losses a group, data and parity together, as it has parity sectors.
      var damaged: Set<Int> = []
      var damagedParity: Set<Int> = []
      for group in 0..<stripe.groupCount {
        let columns = Array(stride(from: group, to: stripe.sectorCount, by: 8)).shuffled(using: &generator)
        let parityLosses = generator.below(stripe.rowCount + 1)
        damaged.formUnion(columns.prefix(stripe.rowCount - parityLosses))
        let rows = (0..<stripe.rowCount).shuffled(using: &generator).prefix(parityLosses)
        damagedParity.formUnion(rows.map { group * stripe.rowCount + $0 })
      }
      #expect(
        protected.repaired(index, damaged: damaged, damagedParity: damagedParity) == protected.sectors(index),
        "seed \(seed)")
      guard let more = (0..<stripe.sectorCount).first(where: { !damaged.contains($0) }) else { continue }
      let columns = (stripe.sectorCount - 1 - more % 8) / 8 + 1
      guard columns > damaged.count(where: { $0 % 8 == more % 8 }) else { continue }
      let lost = damagedParity.count { $0 / stripe.rowCount == more % 8 }
      guard damaged.count(where: { $0 % 8 == more % 8 }) + lost == stripe.rowCount else { continue }
      #expect(
        protected.repaired(index, damaged: damaged.union([more]), damagedParity: damagedParity) == nil, "seed \(seed)")
    }
  }

  @Test("a burst of six sectors in each of the eight groups heals")
  func burst() {
    var generator = SeededGenerator(seed: 3)
    let protected = Protected(generator.bytes(1_600 * 4_096), rowCount: 6)
    #expect(protected.repaired(0, damaged: Set(777..<777 + 48)) == protected.sectors(0))
    #expect(protected.repaired(0, damaged: Set(777..<777 + 49)) == nil)
  }

  /// The product in GF(256), as it is taught.
  private func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
    var (left, right, sum) = (UInt16(left), right, UInt16(0))
    while right != 0 {
      if right & 1 != 0 { sum ^= left }
      left <<= 1
      if left & 0x100 != 0 { left ^= 0x11D }
      right >>= 1
    }
    return UInt8(sum)
  }
}
