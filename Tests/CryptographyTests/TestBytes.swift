import Cryptography

/// The bytes that pairs of hexadecimal digits stand for; spaces are skipped.
func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = hexadecimal.filter { $0 != " " }.compactMap(\.hexDigitValue).map { UInt8($0) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func secret(_ bytes: [UInt8]) -> SecretBytes {
  bytes.withUnsafeBytes { SecretBytes(copying: $0) }
}

func secret(_ hexadecimal: String) -> SecretBytes {
  secret(bytes(hexadecimal))
}

extension SecretBytes {
  var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

extension Digest256 {
  var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

func sha256(_ message: [UInt8]) -> Digest256 {
  message.withUnsafeBytes { SHA256Hasher.hash($0) }
}

/// A generator whose whole sequence follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
