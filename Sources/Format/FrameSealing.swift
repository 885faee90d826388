/// What a frame, or the directory of a pack, is sealed with besides the pack's key.
public enum FrameAdditionalData {
  /// The ordinal under which a pack's directory is sealed, with codec `stored`.
  public static let directoryOrdinal: UInt32 = .max

  /// The associated data: the 96 header bytes, the frame's ordinal, its codec and its length before compression.
  public static func encode(header: PackHeader, ordinal: UInt32, codec: Codec, rawLength: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: PackHeader.length + 9)
    header.append(to: &writer)
    writer.u32(ordinal)
    writer.u8(codec.rawValue)
    writer.u32(UInt32(rawLength))
    return writer.bytes
  }

  /// The 12-byte nonce: four zero bytes and the ordinal, big-endian.
  public static func nonce(ordinal: UInt32) -> [UInt8] {
    var writer = ByteWriter(capacity: 12)
    writer.zeros(4)
    writer.u64(UInt64(ordinal).bigEndian)
    return writer.bytes
  }
}

/// Lengths of packs, which tell little about what is inside.
public enum PackLength {
  /// What sealing adds to a frame or a directory.
  public static let tagLength = 16

  /// The smallest Padmé size that is not below `length`: at most 12 % more, and less for long packs.
  public static func padded(_ length: Int) -> Int {
    precondition(length >= 0 && length <= 1 << 62, "a length")
    guard length > 1 else { return length }
    let exponent = floorLog2(length)
    let mantissaBits = floorLog2(exponent) + 1
    guard exponent > mantissaBits else { return length }
    let mask = 1 << (exponent - mantissaBits) - 1
    return (length + mask) & ~mask
  }

  /// How long a directory's plaintext of `unpadded` bytes has to become for its pack to have a Padmé size, when the
  /// frames end at `framesEnd`.
  public static func directoryLength(framesEnd: Int, unpadded: Int) -> Int {
    let length = framesEnd + unpadded + tagLength + PackFooter.length
    return unpadded + padded(length) - length
  }

  /// Zero for zero, which is what Padmé needs for lengths below 4.
  private static func floorLog2(_ value: Int) -> Int {
    value == 0 ? 0 : Int.bitWidth - 1 - value.leadingZeroBitCount
  }
}
