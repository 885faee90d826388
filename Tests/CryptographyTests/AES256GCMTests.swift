import TestSupport
import Testing

@testable import Cryptography

@Suite struct AES256GCMTests {
  struct Vector: Sendable {
    let key: String
    let fixedField: UInt32
    let counter: UInt64
    let plaintext: String
    let additionalData: String
    let sealed: String
  }

  static let longPlaintext =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
  static let longCiphertext =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
  static let zeroKey = String(repeating: "00", count: 32)
  static let doubledKey = String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2)

  /// Test cases 13 to 16 of the GCM submission to NIST, and the first of NIST's gcmEncryptExtIV256 file.
  static let vectors = [
    Vector(
      key: zeroKey, fixedField: 0, counter: 0, plaintext: "", additionalData: "",
      sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      key: zeroKey, fixedField: 0, counter: 0, plaintext: "00000000000000000000000000000000", additionalData: "",
      sealed: "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      key: doubledKey, fixedField: 0xcafe_babe, counter: 0xface_dbad_deca_f888, plaintext: longPlaintext,
      additionalData: "", sealed: longCiphertext + "b094dac5d93471bdec1a502270e3cc6c"),
    Vector(
      key: doubledKey, fixedField: 0xcafe_babe, counter: 0xface_dbad_deca_f888,
      plaintext: String(longPlaintext.dropLast(8)), additionalData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      sealed: String(longCiphertext.dropLast(8)) + "76fc6ece0f4e1768cddf8853bb2d551b"),
    Vector(
      key: "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", fixedField: 0x516c_3392,
      counter: 0x9df5_a328_4ff4_63d7, plaintext: "", additionalData: "", sealed: "bdc1ac884d332457a1d2664f168c76f0"),
  ]

  @Test("AES-256-GCM gives NIST's ciphertexts and tags, and opens them", arguments: vectors)
  func knownAnswers(vector: Vector) throws {
    var cipher = try AES256GCM(key: secret(vector.key))
    let nonce = GCMNonce(fixedField: vector.fixedField, counter: vector.counter)
    let (plaintext, associated) = (bytes(vector.plaintext), bytes(vector.additionalData))
    var sealed = [UInt8](repeating: 0, count: plaintext.count + AES256GCM.tagCount)
    try plaintext.withUnsafeBytes { plaintext in
      try associated.withUnsafeBytes { associated in
        try sealed.withUnsafeMutableBytes { sealed in
          try cipher.seal(plaintext, nonce: nonce, additionalData: associated, into: sealed)
        }
      }
    }
    #expect(sealed == bytes(vector.sealed))
    var opened = [UInt8](repeating: 0xff, count: plaintext.count)
    try sealed.withUnsafeBytes { sealed in
      try associated.withUnsafeBytes { associated in
        try opened.withUnsafeMutableBytes { opened in
          try cipher.open(sealed, nonce: nonce, additionalData: associated, into: opened)
        }
      }
    }
    #expect(opened == plaintext)
  }

  @Test("the nonce is four zero bytes and the big-endian counter")
  func nonceForm() {
    let nonce = GCMNonce(counter: 0x0102_0304_0506_0708)
    #expect(nonce.withUnsafeBytes { [UInt8]($0) } == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test("every counter gives another ciphertext")
  func nonceMatters() throws {
    var cipher = try AES256GCM(key: secret(Self.zeroKey))
    let counters: [UInt64] = [0, 1, 1 << 31, 1 << 32, .max]
    let sealed = try Set(counters.map { try cipher.sealed([1, 2, 3], nonce: $0) })
    #expect(sealed.count == counters.count)
  }

  @Test("sealing and opening alternate on one context for messages of all lengths")
  func roundTrips() throws {
    let seed: UInt64 = 4
    var generator = SeededGenerator(seed: seed)
    var cipher = try AES256GCM(key: secret(generator.bytes(32)))
    for (nonce, count) in (Array(0...70) + [4095, 65_536, 5_000_001]).enumerated() {
      let (plaintext, associated) = (generator.bytes(count), generator.bytes(count % 40))
      let sealed = try cipher.sealed(plaintext, nonce: UInt64(nonce), additionalData: associated)
      let opened = try cipher.opened(sealed, nonce: UInt64(nonce), additionalData: associated)
      #expect(opened == plaintext, "seed \(seed), \(count) bytes")
    }
  }

  @Test("a message is sealed and opened in its own memory")
  func inPlace() throws {
    let plaintext = [UInt8](0..<100)
    var cipher = try AES256GCM(key: secret(Self.zeroKey))
    let apart = try cipher.sealed(plaintext, nonce: 9)
    var memory = plaintext + [UInt8](repeating: 0, count: AES256GCM.tagCount)
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    try memory.withUnsafeMutableBytes {
      let plaintext = UnsafeRawBufferPointer(rebasing: $0[..<100])
      try cipher.seal(plaintext, nonce: 9, additionalData: none, into: $0)
    }
    #expect(memory == apart)
    try memory.withUnsafeMutableBytes {
      try cipher.open(UnsafeRawBufferPointer($0), nonce: 9, additionalData: none, into: $0)
    }
    #expect(Array(memory.prefix(100)) == plaintext)
  }

  @Test("a key set later is the one used, in both directions")
  func rekeying() throws {
    let (first, second) = (secret(Self.zeroKey), secret(Self.doubledKey))
    var cipher = try AES256GCM(key: first)
    let underFirst = try cipher.sealed([1, 2, 3], nonce: 0)
    try cipher.setKey(second)
    let underSecond = try cipher.sealed([1, 2, 3], nonce: 0)
    var fresh = try AES256GCM(key: second)
    #expect(try fresh.sealed([1, 2, 3], nonce: 0) == underSecond)
    #expect(throws: CryptographyError.self) { try cipher.opened(underFirst, nonce: 0) }
    try cipher.setKey(first)
    #expect(try cipher.opened(underFirst, nonce: 0) == [1, 2, 3])
  }
}

extension AES256GCM {
  mutating func sealed(_ plaintext: [UInt8], nonce: UInt64, additionalData: [UInt8] = []) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: plaintext.count + Self.tagCount)
    try plaintext.withUnsafeBytes { plaintext in
      try additionalData.withUnsafeBytes { additionalData in
        try output.withUnsafeMutableBytes { output in
          try seal(plaintext, nonce: nonce, additionalData: additionalData, into: output)
        }
      }
    }
    return output
  }

  mutating func opened(_ sealed: [UInt8], nonce: UInt64, additionalData: [UInt8] = []) throws -> [UInt8] {
    var output = [UInt8](repeating: 0xee, count: max(0, sealed.count - Self.tagCount))
    try open(sealed, nonce: nonce, additionalData: additionalData, into: &output)
    return output
  }

  mutating func open(_ sealed: [UInt8], nonce: UInt64, additionalData: [UInt8], into output: inout [UInt8]) throws {
    try sealed.withUnsafeBytes { sealed in
      try additionalData.withUnsafeBytes { additionalData in
        try output.withUnsafeMutableBytes { output in
          try open(sealed, nonce: nonce, additionalData: additionalData, into: output)
        }
      }
    }
  }
}
