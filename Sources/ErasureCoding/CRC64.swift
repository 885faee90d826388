internal import CISAL

/// CRC-64/XZ (ECMA-182, reflected): it tells damaged sectors from sound ones. It is no protection against intent.
public enum CRC64 {
  /// The checksum of some bytes.
  public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let start = bytes.baseAddress else { return 0 }
    return crc64_ecma_refl(0, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }
}
