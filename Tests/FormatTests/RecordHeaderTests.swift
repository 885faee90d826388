import Cryptography
import Format
import Testing

@Suite struct RecordHeaderTests {
  private let salt = String(repeating: "5a", count: 32)
  private var vector: [UInt8] { bytes("4649524e52454331 02 01 0000 39300000" + salt) }

  private func code(kind: UInt8, rawLength: Int) -> FormatError.Code? {
    var header = vector
    header[8] = kind
    withUnsafeBytes(of: UInt32(rawLength).littleEndian) { header.replaceSubrange(12..<16, with: $0) }
    return failure { () throws(FormatError) in try RecordHeader.decode(header) }?.code
  }

  @Test("the known header has the known bytes")
  func knownAnswer() throws {
    let header = RecordHeader(
      kind: .snapshot, codec: .zstd, rawLength: 12_345, salt: try #require(ChunkID(hex: salt)).digest)
    #expect(header.encode() == vector)
    #expect(try RecordHeader.decode(vector) == header)
    let uuid = try #require(RepositoryUUID(hex: "000102030405060708090a0b0c0d0e0f"))
    #expect(
      header.additionalData(repository: uuid, name: "ab") == vector + bytes("000102030405060708090a0b0c0d0e0f 6162"))
  }

  @Test("each kind has its own limit of raw length", arguments: RecordKind.allCases)
  func limits(kind: RecordKind) {
    let limit: Int = [64 << 20, 16 << 20, 1 << 20, 64 << 20, 64 << 20, 1 << 20][Int(kind.rawValue) - 1]
    #expect(code(kind: kind.rawValue, rawLength: limit) == nil)
    #expect(code(kind: kind.rawValue, rawLength: limit + 1) == .limit)
  }

  @Test("unknown kinds and codecs are unsupported, reserved bytes must be zero")
  func refused() {
    #expect(code(kind: 0, rawLength: 1) == .unsupported)
    #expect(code(kind: 7, rawLength: 1) == .unsupported)
    var header = vector
    header[9] = 2
    #expect(failure { () throws(FormatError) in try RecordHeader.decode(header) }?.code == .unsupported)
    for index in 10..<12 {
      header = vector
      header[index] = 1
      #expect(failure { () throws(FormatError) in try RecordHeader.decode(header) }?.code == .malformed)
    }
  }

  @Test("prefixes, bytes left over and changed bytes are harmless")
  func hostile() {
    #expect(failure { () throws(FormatError) in try RecordHeader.decode(vector + [0]) }?.code == .malformed)
    expectPrefixesRefused(vector, seed: 0) { bytes throws(FormatError) in try RecordHeader.decode(bytes) }
    expectFlipsHarmless(vector, seed: 0) { bytes throws(FormatError) in
      try RecordHeader.decode(bytes)
    } check: {
      $0.encode() == $1
    }
  }
}
