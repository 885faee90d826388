internal import COpenSSL

/// The scrypt password hash (RFC 7914).
public enum Scrypt {
  /// The range accepted for log2 N.
  public static let logNRange = 1...30
  /// The range accepted for r and for p.
  public static let factorRange = 1...1024

  /// The memory that one derivation takes, in bytes: 128 · r · (N + 2 + p). Ranges as for `derive`.
  public static func memory(logN: Int, r: Int, p: Int) -> Int {
    // N blocks of 128·r bytes, two to work in, and p of input.
    128 * r * ((1 << logN) + 2 + p)
  }

  /// Derives a key from a password.
  ///
  /// It takes ``memory(logN:r:p:)`` bytes and a time in proportion to N · r · p. Parameters read from a file
  /// should be bounded far below the ranges accepted here before they are passed on.
  ///
  /// - Parameters:
  ///   - password: may be empty.
  ///   - salt: random and stored with the result's use; not secret.
  ///   - logN: log2 of the cost N, in ``logNRange`` and, as the RFC has it, less than 16 · r.
  ///   - r: the block size factor, in ``factorRange``.
  ///   - p: the parallelisation factor, in ``factorRange``.
  ///   - outputCount: the derived key's length in bytes, at least 1.
  /// - Throws: ``CryptographyError/Code/invalidParameters`` outside those ranges;
  ///   ``CryptographyError/Code/libraryFailure`` where there is not enough memory.
  public static func derive(
    password: UnsafeRawBufferPointer, salt: [UInt8], logN: Int, r: Int, p: Int, outputCount: Int
  ) throws(CryptographyError) -> SecretBytes {
    precondition(outputCount > 0, "scrypt output length")
    guard
      logNRange.contains(logN), factorRange.contains(r), factorRange.contains(p), logN < 16 * r
    else {
      throw CryptographyError(.invalidParameters, "scrypt parameters log2 N = \(logN), r = \(r), p = \(p)")
    }
    return try SecretBytes(count: outputCount) { (output) throws(CryptographyError) in
      // libcrypto's own limit is 32 MiB, less than any serious N needs.
      let limit = UInt64(memory(logN: logN, r: r, p: p))
      let done = EVP_PBE_scrypt(
        password.assumingMemoryBound(to: CChar.self).baseAddress, password.count, salt, salt.count,
        1 << UInt64(logN), UInt64(r), UInt64(p), limit, output.bytePointer, output.count)
      guard done == 1 else {
        throw .afterFailedCall("deriving a key with scrypt (log2 N = \(logN), r = \(r), p = \(p))")
      }
    }
  }
}
