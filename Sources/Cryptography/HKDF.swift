internal import COpenSSL

/// HKDF with SHA-256 (RFC 5869).
public enum HKDF {
  /// The longest output: 255 blocks of 32 bytes.
  public static let maximumOutputCount = 255 * 32

  /// Extracts and expands: keys that are independent for different `info`, from one key that is not empty.
  ///
  /// - Parameters:
  ///   - inputKey: the secret to derive from.
  ///   - salt: not secret; empty stands for 32 zero bytes, as in the RFC.
  ///   - info: the label that tells this key from the others derived from the same one.
  ///   - outputCount: the derived key's length in bytes, 1 to ``maximumOutputCount``.
  /// - Throws: ``CryptographyError/Code/libraryFailure``.
  public static func derive(
    from inputKey: SecretBytes, salt: [UInt8], info: [UInt8], outputCount: Int
  ) throws(CryptographyError) -> SecretBytes {
    precondition(inputKey.count > 0, "HKDF from an empty key")
    precondition((1...maximumOutputCount).contains(outputCount), "HKDF output length")
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "HKDF", nil) else {
      throw .afterFailedCall("making an HKDF context")
    }
    defer { EVP_PKEY_CTX_free(context) }

    return try SecretBytes(count: outputCount) { (output) throws(CryptographyError) in
      var count = output.count
      let derived =
        EVP_PKEY_derive_init(context) == 1
        && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
        && inputKey.withUnsafeBytes { set($0, with: EVP_PKEY_CTX_set1_hkdf_key, in: context) }
        && salt.withUnsafeBytes { set($0, with: EVP_PKEY_CTX_set1_hkdf_salt, in: context) }
        && info.withUnsafeBytes { set($0, with: EVP_PKEY_CTX_add1_hkdf_info, in: context) }
        && EVP_PKEY_derive(context, output.bytePointer, &count) == 1
      guard derived, count == output.count else {
        throw .afterFailedCall("deriving \(outputCount) bytes with HKDF")
      }
    }
  }

  /// Hands a value to the context, which copies it. What is empty is what the context starts with.
  private static func set(
    _ value: UnsafeRawBufferPointer, with call: (OpaquePointer?, UnsafePointer<UInt8>?, Int32) -> Int32,
    in context: OpaquePointer
  ) -> Bool {
    value.isEmpty || call(context, value.bytePointer, Int32(value.count)) == 1
  }
}
