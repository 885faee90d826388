internal import COpenSSL

/// HMAC-SHA1 (RFC 2104), which hides the host names in known_hosts files. Nothing of the repository's relies on it.
public enum HMACSHA1 {
  /// The number of bytes of a code.
  public static let byteCount = Int(SHA_DIGEST_LENGTH)

  /// The authentication code of a message.
  public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: byteCount)
    var count = UInt32(byteCount)
    guard HMAC(EVP_sha1(), key, Int32(key.count), message, message.count, &code, &count) != nil else { return [] }
    return code
  }
}
