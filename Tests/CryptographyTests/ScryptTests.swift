import Cryptography
import Testing

@Suite struct ScryptTests {
  private func derive(_ password: String, salt: String, logN: Int, r: Int, p: Int, count: Int = 64) throws -> [UInt8] {
    try [UInt8](password.utf8).withUnsafeBytes {
      try Scrypt.derive(password: $0, salt: [UInt8](salt.utf8), logN: logN, r: r, p: p, outputCount: count).array
    }
  }

  @Test("scrypt gives the keys of RFC 7914")
  func knownAnswers() throws {
    #expect(
      try derive("", salt: "", logN: 4, r: 1, p: 1)
        == bytes(
          "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"))
    #expect(
      try derive("password", salt: "NaCl", logN: 10, r: 8, p: 16)
        == bytes(
          "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"))
    #expect(
      try derive("pleaseletmein", salt: "SodiumChloride", logN: 14, r: 8, p: 1)
        == bytes(
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"))
  }

  @Test("more memory than libcrypto's default limit of 32 MiB is granted")
  func largeMemory() throws {
    #expect(Scrypt.memory(logN: 16, r: 8, p: 1) > 64 << 20)
    #expect(try derive("p", salt: "s", logN: 16, r: 8, p: 1, count: 32).count == 32)
  }

  @Test(
    "parameters out of range are refused before anything runs",
    arguments: [(0, 8, 1), (31, 8, 1), (-1, 8, 1), (14, 0, 1), (14, 1025, 1), (14, 8, 0), (14, 8, 1025), (16, 1, 1)])
  func refused(logN: Int, r: Int, p: Int) {
    let error = #expect(throws: CryptographyError.self) { try derive("p", salt: "s", logN: logN, r: r, p: p) }
    #expect(error?.code == .invalidParameters)
  }
}
