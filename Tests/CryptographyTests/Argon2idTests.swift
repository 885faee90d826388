import Cryptography
import Testing

@Suite struct Argon2idTests {
  private func derive(
    _ password: String, salt: String, memory: UInt32, passes: UInt32, lanes: UInt32, count: Int = 32
  ) throws -> [UInt8] {
    try [UInt8](password.utf8).withUnsafeBytes {
      try Argon2id.derive(
        password: $0, salt: [UInt8](salt.utf8), cost: Argon2id.Cost(memory: memory, passes: passes, lanes: lanes),
        outputCount: count
      ).array
    }
  }

  // The answers of another implementation (OpenSSL 3.5, through Python's cryptography 48).
  @Test("Argon2id gives the keys of another implementation")
  func knownAnswers() throws {
    #expect(
      try derive("", salt: "saltsalt", memory: 64, passes: 1, lanes: 1, count: 32)
        == bytes(
          "c8309b457b7c601844b585aedb752dd5d6f29e66f5f575336dc0689c330bab01"))
    #expect(
      try derive("password", salt: "a salt of 32 bytes, as slots have", memory: 65536, passes: 3, lanes: 4, count: 64)
        == bytes(
          "59ba7238e4ca058eab93231b0d6c8b1a4688b74c4e0e2559e9f4b31b26bf5d91"
            + "4a24463a45fcb279cb9aae64c852c5a2dcd06a270a972382ff0b90c3ebe5af89"))
    #expect(
      try derive("pleaseletmein", salt: "SodiumChloride", memory: 8192, passes: 1, lanes: 2, count: 16)
        == bytes(
          "afcba490b0e3e7ac34eb318f5d63c007"))
  }

  @Test(
    "costs out of range are refused before anything runs",
    arguments: [(7, 1, 1), (0, 1, 1), (31, 1, 4), (64, 0, 1), (64, 1025, 1), (64, 1, 0), (1024, 1, 65)])
  func refused(memory: UInt32, passes: UInt32, lanes: UInt32) {
    let error = #expect(throws: CryptographyError.self) {
      try derive("p", salt: "saltsalt", memory: memory, passes: passes, lanes: lanes)
    }
    #expect(error?.code == .invalidParameters)
  }

  @Test("a salt of less than 8 bytes is refused")
  func shortSalt() {
    let error = #expect(throws: CryptographyError.self) {
      try derive("p", salt: "saltsal", memory: 64, passes: 1, lanes: 1)
    }
    #expect(error?.code == .invalidParameters)
  }
}
