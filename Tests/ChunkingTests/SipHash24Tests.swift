import Testing

@testable import Chunking

@Suite("SipHash-2-4")
struct SipHash24Tests {
  /// Key 00 to 0f, message 00, 01, 02, ... of the given length, as in the authors' own vectors. The values are those
  /// that OpenSSL's SIPHASH gives; length 64 is the one the chunker uses.
  static let vectors: [(count: Int, value: UInt64)] = [
    (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (2, 0x0d6c_8009_d9a9_4f5a), (3, 0x8567_6696_d7fb_7e2d),
    (4, 0xcf27_94e0_2771_87b7), (5, 0x1876_5564_cd99_a68d), (6, 0xcbc9_466e_58fe_e3ce), (7, 0xab02_00f5_8b01_d137),
    (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5), (63, 0x958a_324c_eb06_4572), (64, 0xacd2_c40b_8502_cad8),
  ]

  @Test("agrees with an independent implementation", arguments: vectors)
  func agrees(count: Int, value: UInt64) {
    let function = SipHash24(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
    let message = [UInt8](0..<UInt8(count))
    #expect(message.withUnsafeBytes(function.hash) == value)
  }
}
