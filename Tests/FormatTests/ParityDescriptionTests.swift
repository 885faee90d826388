import ErasureCoding
import Format
import Testing

@Suite struct ParityDescriptionTests {
  private let copies: [ParityDescription.Copy] = [.head, .tail]

  private func description(_ length: Int, rowCount: Int = 6) -> ParityDescription {
    let layout = StripeLayout(length: length, rowCount: rowCount)
    let count = layout.sectorCount + layout.parityCount
    return ParityDescription(layout: layout, checksums: (0..<UInt64(count)).map { $0 &* 0x9E37_79B9_7F4A_7C15 })
  }

  private func decode(_ bytes: [UInt8], _ copy: ParityDescription.Copy) throws(FormatError) -> ParityDescription {
    try bytes.withBytes { (bytes) throws(FormatError) in try ParityDescription.decode(bytes, copy) }
  }

  @Test("the known description has the known bytes")
  func knownAnswer() throws {
    let small = ParityDescription(
      layout: StripeLayout(length: 4_097, rowCount: 6), checksums: [0x0102_0304_0506_0708, 2, 3, 4])
    let header = "4649524e50525459 01 08 c8 06 00100000 0110000000000000"
    let table = "0807060504030201 0200000000000000 0300000000000000 0400000000000000"
    #expect(small.encode(.head).dropLast(32).elementsEqual(bytes(header + table)))
    #expect(small.encode(.tail).dropLast(32).elementsEqual(bytes(table + header)))
    #expect(small.encode(.head).suffix(32) == small.encode(.tail).suffix(32))
    #expect(ParityDescription.length(small.layout) == 24 + 32 + 32)
    #expect(ParityDescription.objectLength(small.layout) == 2 * 88 + 2 * 4_096)
  }

  @Test("both copies come back", arguments: [1, 500, 4_096, 4_097, 100_000, 8_000_000])
  func roundTrip(length: Int) throws {
    let description = description(length)
    for copy in copies { #expect(try decode(description.encode(copy), copy) == description) }
  }

  @Test("whatever is cut short or changed is refused")
  func hostile() {
    for copy in copies {
      let valid = description(10_000).encode(copy)
      expectPrefixesRefused(valid, seed: 0) { (bytes) throws(FormatError) in try self.decode(bytes, copy) }
      expectFlipsHarmless(valid, seed: 0) { (bytes) throws(FormatError) in
        try self.decode(bytes, copy)
      } check: { _, _ in
        false
      }
      #expect(failure { () throws(FormatError) in try self.decode(valid + [0], copy) } != nil)
    }
  }

  @Test("lengths out of bounds are refused before anything is made of them")
  func bounds() {
    var header = Array(description(10_000).encode(.head).prefix(24))
    func code(_ header: [UInt8]) -> FormatError.Code? {
      failure { () throws(FormatError) in
        try header.withBytes { (bytes) throws(FormatError) in try ParityDescription.decodeHeader(bytes) }
      }?.code
    }
    #expect(code(header) == nil)
    for length: [UInt8] in [[0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0x80, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0x80]] {
      header.replaceSubrange(16..<24, with: length)
      #expect(code(header) == .malformed)
    }
    header.replaceSubrange(16..<24, with: [0, 0, 0, 0x80, 0, 0, 0, 0])
    #expect(code(header) == nil)
    header[11] = 21
    #expect(code(header) == .malformed)
    header[9] = 7
    #expect(code(header) == .unsupported)
  }
}
