internal import COpenSSL

/// Random bytes from libcrypto's generator, seeded by the system.
public enum RandomBytes {
  /// Fills the buffer with random bytes that may be shown to others: salts, identifiers, nonces.
  ///
  /// For keys use ``SecretBytes/init(random:)``. The buffer holds less than 2 GiB.
  ///
  /// - Throws: ``CryptographyError/Code/randomUnavailable``; the buffer's content is then undefined.
  public static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(CryptographyError) {
    try fill(buffer, with: RAND_bytes)
  }

  /// Fills the buffer from the generator that libcrypto keeps apart for secrets, so that what the public one gives
  /// out says nothing about keys.
  static func fillSecret(_ buffer: UnsafeMutableRawBufferPointer) throws(CryptographyError) {
    try fill(buffer, with: RAND_priv_bytes)
  }

  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer,
    with generate: (UnsafeMutablePointer<UInt8>?, Int32) -> Int32
  ) throws(CryptographyError) {
    precondition(buffer.count <= Int32.max, "random buffer of 2 GiB or more")
    guard !buffer.isEmpty else { return }
    let bytes = buffer.assumingMemoryBound(to: UInt8.self)
    guard generate(bytes.baseAddress, Int32(bytes.count)) == 1 else {
      throw .afterFailedCall("no random bytes to be had", code: .randomUnavailable)
    }
  }
}
