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
