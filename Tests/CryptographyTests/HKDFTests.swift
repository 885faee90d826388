import Cryptography
import Testing

@Suite struct HKDFTests {
  struct Vector: Sendable {
    let inputKey: [UInt8]
    let salt: [UInt8]
    let info: [UInt8]
    let output: [UInt8]
  }

  /// RFC 5869, appendix A, test cases 1 to 3.
  static let vectors = [
    Vector(
      inputKey: .init(repeating: 0x0b, count: 22), salt: .init(0x00...0x0c), info: .init(0xf0...0xf9),
      output: bytes(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")),
    Vector(
      inputKey: .init(0x00...0x4f), salt: .init(0x60...0xaf), info: .init(0xb0...0xff),
      output: bytes(
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
          + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")),
    Vector(
      inputKey: .init(repeating: 0x0b, count: 22), salt: [], info: [],
      output: bytes(
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")),
  ]

  @Test("HKDF-SHA256 gives the keys of RFC 5869", arguments: vectors)
  func knownAnswers(vector: Vector) throws {
    let derived = try HKDF.derive(
      from: secret(vector.inputKey), salt: vector.salt, info: vector.info, outputCount: vector.output.count)
    #expect(derived.array == vector.output)
  }

  @Test("key, salt and info each change the derived key")
  func dependence() throws {
    let derived = [
      try HKDF.derive(from: secret([1]), salt: [2], info: [3], outputCount: 32).array,
      try HKDF.derive(from: secret([9]), salt: [2], info: [3], outputCount: 32).array,
      try HKDF.derive(from: secret([1]), salt: [9], info: [3], outputCount: 32).array,
      try HKDF.derive(from: secret([1]), salt: [2], info: [9], outputCount: 32).array,
      try HKDF.derive(from: secret([1]), salt: [2], info: [], outputCount: 32).array,
    ]
    #expect(Set(derived).count == derived.count)
  }

  @Test("a shorter output is the beginning of a longer one, up to the longest")
  func lengths() throws {
    let longest = try HKDF.derive(from: secret([1]), salt: [], info: [], outputCount: HKDF.maximumOutputCount).array
    for count in [1, 31, 32, 33, 64] {
      let shorter = try HKDF.derive(from: secret([1]), salt: [], info: [], outputCount: count).array
      #expect(shorter == [UInt8](longest.prefix(count)))
    }
  }
}
