import Cryptography
import Format
import Testing

@Suite struct KeySlotTests {
  private let uuid = "000102030405060708090a0b0c0d0e0f"
  private let salt = String(repeating: "5a", count: 32)
  private let commitment = [UInt8](repeating: 0, count: 32)
  /// 32 + 81 zero bytes.
  private let secrets = String(repeating: "A", count: 151) + "="

  private func slot(_ members: (inout [String: String]) -> Void = { _ in }) -> [UInt8] {
    var values = [
      "firn": "\"key slot\"", "version": "1", "role": "\"full\"", "repository": "\"\(uuid)\"",
      "created": "\"2026-11-22T20:25:00Z\"", "label": "\"\"", "host": "\"web1\"", "user": "\"root\"",
      "kdf": "\"argon2id\"", "memory": "65536", "passes": "3", "lanes": "4", "salt": "\"\(salt)\"",
    ]
    members(&values)
    let header = values.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    return [UInt8]("{\(header)}\n\(secrets)\n".utf8)
  }

  private func code(_ bytes: [UInt8]) -> FormatError.Code? {
    failure { () throws(FormatError) in try KeySlot.decode(bytes) }?.code
  }

  private func code(_ member: String, _ value: String) -> FormatError.Code? { code(slot { $0[member] = value }) }

  @Test("the known slot has the known text")
  func knownAnswer() throws {
    let known = KeySlot(
      role: .full, repository: try #require(RepositoryUUID(hex: uuid)), created: Timestamp(seconds: 1_795_379_100),
      label: "", host: "web1", user: "root", cost: .standard,
      salt: try #require(ChunkID(hex: salt)).digest)
    let sealed = [UInt8](repeating: 0, count: 81)
    #expect(try known.encode(commitment: commitment, sealed: sealed) == slot())
    let decoded = try KeySlot.decode(slot())
    #expect(decoded.slot == known)
    #expect(try decoded.headerBytes == known.encodedHeader())
    #expect(decoded.commitment == commitment && decoded.sealed == sealed)
  }

  @Test("members may come in any order, and unknown ones are ignored but authenticated")
  func order() throws {
    let text = """
      {"firn":"key slot","version":1,"role":"full","repository":"\(uuid)","created":"2026-11-22T20:25:00Z","label":"",\
      "host":"web1","user":"root","kdf":"argon2id","memory":65536,"passes":3,"lanes":4,"salt":"\(salt)","later":[1]}
      \(secrets)

      """
    let decoded = try KeySlot.decode([UInt8](text.utf8))
    #expect(try decoded.slot == KeySlot.decode(slot()).slot)
    #expect(String(decoding: decoded.headerBytes, as: UTF8.self).hasSuffix("\"later\":[1]}\n"))
  }

  @Test("the cost of a guess is bounded")
  func cost() {
    for (memory, code) in [
      ("8191", .limit), ("8192", nil), ("1048576", nil), ("1048577", .limit), ("-1", .malformed),
      ("4294967296", .malformed),
    ] as [(String, FormatError.Code?)] {
      #expect(self.code("memory", memory) == code, "memory \(memory)")
    }
    for member in ["passes", "lanes"] {
      for (value, code) in [("0", .limit), ("1", nil), ("8", nil), ("9", .limit)] as [(String, FormatError.Code?)] {
        #expect(self.code(member, value) == code, "\(member) \(value)")
      }
    }
    #expect(code("kdf", "\"scrypt\"") == .unsupported)
  }

  @Test("other versions, roles and malformed members are refused")
  func refused() {
    #expect(code("version", "2") == .unsupported)
    #expect(code("role", "\"admin\"") == .unsupported)
    #expect(code("role", "\"write\"") == .malformed, "secrets of another role's length")
    #expect(code("firn", "\"snapshot\"") == .malformed)
    #expect(code("repository", "\"00\"") == .malformed)
    #expect(code("salt", "\"00\"") == .malformed)
    #expect(code("created", "\"yesterday\"") == .malformed)
    #expect(code(slot { $0["salt"] = nil }) == .malformed)
  }

  @Test("a slot is two lines of at most 16 KiB with canonical base64")
  func lines() {
    #expect(code(slot() + [10]) == .malformed)
    #expect(code([10] + slot()) == .malformed)
    #expect(code("label", "\"\(String(repeating: "x", count: 17_000))\"") == .limit)
    var stray = slot()
    stray[stray.count - 3] = UInt8(ascii: "B")
    #expect(code(stray) == .malformed, "bits behind the last byte")
    expectPrefixesRefused(slot(), seed: 0) { bytes throws(FormatError) in try KeySlot.decode(bytes) }
    expectFlipsHarmless(slot(), seed: 0) { bytes throws(FormatError) in
      try KeySlot.decode(bytes)
    } check: {
      $1.starts(with: $0.headerBytes)
    }
  }

  @Test("any slot comes back", arguments: KeyRole.allCases)
  func roundTrip(role: KeyRole) throws {
    for seed: UInt64 in 0..<50 {
      var generator = SeededGenerator(seed: seed)
      let slot = generator.keySlot(role)
      let sealed = generator.bytes(role == .full ? 81 : 177)
      let commitment = generator.bytes(32)
      let decoded = try KeySlot.decode(slot.encode(commitment: commitment, sealed: sealed))
      #expect(decoded.slot == slot && decoded.sealed == sealed && decoded.commitment == commitment, "seed \(seed)")
    }
  }

  @Test("a label that makes the slot too long is refused when it is written")
  func longLabel() throws {
    var slot = try KeySlot.decode(slot()).slot
    slot.label = String(repeating: "x", count: 16_000)
    let sealed = [UInt8](repeating: 0, count: 81)
    #expect(throws: FormatError.self) { try slot.encode(commitment: commitment, sealed: sealed) }
  }
}
