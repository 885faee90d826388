import Cryptography
import Format
import Testing

@Suite struct ConfigurationTests {
  private func object(_ configuration: RepositoryConfiguration) -> [UInt8] {
    configuration.encodedWithoutMAC() + [UInt8](repeating: 0xAA, count: 32)
  }

  private let vector = """
    4649524e5245504f 01000000 98000000 000102030405060708090a0b0c0d0e0f 0000000000000000 0c00000000000000
    1111111111111111111111111111111111111111111111111111111111111111 8877665544332211
    01000000 00400000 00000100 00000400 00000800 00000000 0000000400000000
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    """

  private func configuration() throws -> RepositoryConfiguration {
    RepositoryConfiguration(
      repository: try #require(RepositoryUUID(hex: "000102030405060708090a0b0c0d0e0f")),
      publicKey: try #require(ChunkID(hex: String(repeating: "11", count: 32))).digest, created: 0x1122_3344_5566_7788,
      minimumChunkSize: 16 << 10, averageChunkSize: 64 << 10, maximumChunkSize: 256 << 10, frameTarget: 512 << 10,
      packTarget: 64 << 20, optionalFeatures: 12)
  }

  /// The vector with `hex` at `offset`.
  private func patched(_ offset: Int, _ hex: String) -> [UInt8] {
    var object = bytes(vector)
    object.replaceSubrange(offset..<offset + bytes(hex).count, with: bytes(hex))
    return object
  }

  private func code(_ object: [UInt8]) -> FormatError.Code? {
    failure { () throws(FormatError) in try RepositoryConfiguration.decode(object) }?.code
  }

  @Test("the known configuration has the known bytes")
  func knownAnswer() throws {
    #expect(object(try configuration()) == bytes(vector))
    let decoded = try RepositoryConfiguration.decode(bytes(vector))
    #expect(try decoded.configuration == configuration())
    #expect(decoded.authenticated == 0..<120)
    #expect(decoded.mac.hexadecimal == String(repeating: "aa", count: 32))
  }

  @Test("fields of later revisions are skipped and authenticated")
  func laterRevision() throws {
    var longer = bytes(vector)
    longer.insert(contentsOf: [1, 2, 3, 4, 5, 6, 7, 8], at: 120)
    longer[12] += 8
    let decoded = try RepositoryConfiguration.decode(longer)
    #expect(try decoded.configuration == configuration())
    #expect(decoded.authenticated == 0..<128)
    #expect(decoded.mac.hexadecimal == String(repeating: "aa", count: 32))
  }

  @Test("a percentage of parity is a field of its own, behind its flag")
  func parity() throws {
    var wanted = try configuration()
    wanted.parityPercentage = 3
    var expected = bytes(vector)
    expected.insert(contentsOf: [3, 0, 0, 0], at: 120)
    expected[12] += 4
    expected[40] |= 1
    #expect(object(wanted) == expected)
    #expect(try RepositoryConfiguration.decode(expected).configuration == wanted)
    for percentage: UInt8 in [0, 11] {
      expected[120] = percentage
      #expect(code(expected) == .malformed)
    }
    #expect(code(patched(40, "0d00000000000000")) != nil, "the flag without the field")
  }

  @Test("the file system's identity is a field behind its flag, after the parity")
  func filesystem() throws {
    var wanted = try configuration()
    wanted.parityPercentage = 3
    wanted.filesystem = "ext4 é"
    var expected = bytes(vector)
    expected.insert(contentsOf: [3, 0, 0, 0, 7, 0, 0, 0] + Array("ext4 é".utf8), at: 120)
    expected[12] += 15
    expected[40] |= 3
    #expect(object(wanted) == expected)
    #expect(try RepositoryConfiguration.decode(expected).configuration == wanted)
    for (offset, byte) in [(124, 48), (125, 5), (133, 0xFF)] as [(Int, UInt8)] {
      var damaged = expected
      damaged[offset] = byte
      #expect(code(damaged) != nil, "byte \(offset)")
    }
  }

  @Test("a critical flag says that the keys of chunks are another repository's")
  func sharedKeys() throws {
    var wanted = try RepositoryConfiguration.decode(bytes(vector)).configuration
    #expect(!wanted.sharesChunkKeys)
    wanted.sharesChunkKeys = true
    let expected = patched(32, "0100000000000000")
    #expect(object(wanted) == expected)
    #expect(try RepositoryConfiguration.decode(expected).configuration == wanted)
  }

  @Test("later versions, critical features and chunker suites are unsupported")
  func unsupported() {
    #expect(code(patched(8, "02000000")) == .unsupported)
    #expect(code(patched(32, "0200000000000000")) == .unsupported)
    #expect(code(patched(32, "0000000000000080")) == .unsupported)
    #expect(code(patched(88, "02000000")) == .unsupported)
  }

  @Test("sizes above their limits or out of order are refused, at their limits accepted")
  func limits() {
    #expect(code(patched(100, "00008000")) == nil)
    #expect(code(patched(100, "01008000")) == .limit)
    #expect(code(patched(104, "00008000")) == nil)
    #expect(code(patched(104, "01008000")) == .limit)
    #expect(code(patched(112, "0000004000000000")) == nil)
    #expect(code(patched(112, "0100004000000000")) == .limit)
    #expect(code(patched(92, "00000000")) == .malformed)
    #expect(code(patched(92, "01000100")) == .malformed)
    #expect(code(patched(96, "01000400")) == .malformed)
    #expect(code(patched(108, "01000000")) == .malformed)
    #expect(code(patched(12, "99000000")) == .malformed)
    #expect(code([UInt8](repeating: 0, count: 4_097)) == .limit)
  }

  @Test("any configuration comes back; prefixes and changed bytes are harmless")
  func roundTrip() throws {
    for seed: UInt64 in 0..<200 {
      var generator = SeededGenerator(seed: seed)
      let configuration = generator.configuration()
      let valid = object(configuration)
      #expect(try RepositoryConfiguration.decode(valid).configuration == configuration, "seed \(seed)")
      guard seed < 4 else { continue }
      expectPrefixesRefused(valid, seed: seed) { bytes throws(FormatError) in
        try RepositoryConfiguration.decode(bytes)
      }
      expectFlipsHarmless(valid, seed: seed) { bytes throws(FormatError) in
        try RepositoryConfiguration.decode(bytes).configuration
      } check: { changed, _ in
        // A flag that is off leaves its field behind, which is passed over as one of a later version.
        (try? RepositoryConfiguration.decode(object(changed)).configuration) == changed
      }
    }
  }
}
