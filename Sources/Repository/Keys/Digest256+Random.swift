import Cryptography

extension Digest256 {
  /// 32 random bytes that are no secret: salts.
  static func random() throws(CryptographyError) -> Digest256 {
    try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { (buffer) throws(CryptographyError) in
      try RandomBytes.fill(buffer)
      return Digest256(UnsafeRawBufferPointer(buffer))
    }
  }
}
