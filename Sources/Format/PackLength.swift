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
