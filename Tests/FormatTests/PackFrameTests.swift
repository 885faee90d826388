import Cryptography
import Format
import Testing

@Suite struct PackFrameTests {
  private let key = String(repeating: "e1", count: 32)
  private let commitment = String(repeating: "c2", count: 32)
  private var headerVector: [UInt8] {
    bytes("4649524e5041434b 01 02 000000000000 000102030405060708090a0b0c0d0e0f" + key + commitment)
  }

  private func header() throws -> PackHeader {
    PackHeader(
      kind: .metadata, repository: try #require(RepositoryUUID(hex: "000102030405060708090a0b0c0d0e0f")),
      ephemeralKey: try #require(ChunkID(hex: key)).digest, commitment: try #require(ChunkID(hex: commitment)).digest)
  }

  private func code(_ index: Int, _ value: UInt8) -> FormatError.Code? {
    var header = headerVector
    header[index] = value
    return failure { () throws(FormatError) in try PackHeader.decode(header) }?.code
  }

  private func footer(_ offset: UInt64, _ length: UInt32, in packLength: UInt64) -> FormatError.Code? {
    var writer = ByteWriter()
    writer.u64(offset)
    writer.u32(length)
    writer.u32(0)
    writer.raw("FIRNPEND".utf8)
    return failure { () throws(FormatError) in try PackFooter.decode(writer.bytes, packLength: packLength) }?.code
  }

  @Test("the known header has the known bytes")
  func knownHeader() throws {
    #expect(try header().encode() == headerVector)
    #expect(try PackHeader.decode(headerVector) == header())
    #expect(code(8, 2) == .unsupported)
    #expect(code(9, 3) == .unsupported)
    for index in 10..<16 { #expect(code(index, 1) == .malformed) }
    expectPrefixesRefused(headerVector, seed: 0) { bytes throws(FormatError) in try PackHeader.decode(bytes) }
    expectFlipsHarmless(headerVector, seed: 0) { bytes throws(FormatError) in
      try PackHeader.decode(bytes)
    } check: {
      $0.encode() == $1
    }
  }

  @Test("a frame is bound to its pack's header, ordinal, codec and raw length")
  func additionalData() throws {
    #expect(
      try FrameAdditionalData.encode(header: header(), ordinal: 0x0102_0304, codec: .zstd, rawLength: 0x0A0B0C)
        == headerVector + bytes("04030201 01 0c0b0a00"))
  }

  @Test("the known footer has the known bytes")
  func knownFooter() throws {
    let footer = PackFooter(directoryOffset: 0x0102_0304, directoryLength: 0x0506)
    let vector = bytes("0403020100000000 06050000 00000000 4649524e50454e44")
    #expect(footer.encode() == vector)
    let length = UInt64(0x0102_0304 + 0x0506 + 24)
    #expect(try PackFooter.decode(vector, packLength: length) == footer)
    expectPrefixesRefused(vector, seed: 0) { bytes throws(FormatError) in
      try PackFooter.decode(bytes, packLength: length)
    }
    expectFlipsHarmless(vector, seed: 0) { bytes throws(FormatError) in
      try PackFooter.decode(bytes, packLength: length)
    } check: {
      $0.encode() == $1
    }
  }

  @Test("a directory lies between the header and the footer, within its limits")
  func footerBounds() {
    #expect(footer(96, 17, in: 137) == nil)
    #expect(footer(96, 16, in: 136) == .malformed)
    #expect(footer(95, 18, in: 137) == .malformed)
    #expect(footer(96, 18, in: 137) == .malformed)
    #expect(footer(.max, 17, in: 137) == .malformed)
    #expect(footer(.max - 40, 17, in: 0) == .malformed)
    #expect(footer(2 << 30 - 41, 17, in: 2 << 30) == nil)
    #expect(footer(2 << 30 - 40, 17, in: 2 << 30 + 1) == .limit)
    #expect(footer(96, 64 << 20 + 16, in: 64 << 20 + 136) == nil)
    #expect(footer(96, 64 << 20 + 17, in: 64 << 20 + 137) == .limit)
  }

  @Test(
    "Padmé sizes",
    arguments: [
      (0, 0), (1, 1), (2, 2), (3, 3), (7, 7), (8, 8), (9, 10), (10, 10), (15, 16), (16, 16), (17, 18), (31, 32),
      (100, 104), (129, 144), (1_000, 1_024), (1_025, 1_088), (65_537, 67_584), (1_048_576, 1_048_576),
      (1_048_577, 1_081_344), (67_108_864, 67_108_864), (67_108_865, 69_206_016), (2_147_483_647, 2_147_483_648),
    ] as [(Int, Int)])
  func padme(length: Int, padded: Int) {
    #expect(PackLength.padded(length) == padded)
  }

  @Test("a padded size is a fixed point and adds at most an eighth")
  func padmeProperties() {
    for length in 1..<100_000 {
      let padded = PackLength.padded(length)
      #expect(padded >= length && (padded - length) * 8 <= length)
      #expect(PackLength.padded(padded) == padded)
    }
  }

  @Test("padding the directory gives the pack a Padmé size")
  func directoryLength() {
    for framesEnd in stride(from: 96, to: 5_000_000, by: 77_777) {
      let padded = PackLength.directoryLength(framesEnd: framesEnd, unpadded: 100)
      let length = framesEnd + padded + 16 + 24
      #expect(padded >= 100 && PackLength.padded(length) == length)
    }
  }
}
