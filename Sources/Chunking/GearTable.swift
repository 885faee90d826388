/// The public table of the rolling hash: one pseudorandom word for each byte value.
///
/// It is part of the repository format (chunker suite 1) and never changes. Nothing about it is secret; the secret is
/// the key of the function that chooses among the candidates the rolling hash finds.
enum GearTable {
  /// The ASCII text "firngear" read as a little-endian number.
  ///
  /// With this seed no run of a single byte value is a candidate, so long runs never slow the chunker down.
  static let seed: UInt64 = 0x7261_6567_6e72_6966

  /// 256 outputs of SplitMix64 started at ``seed``.
  static let words: [UInt64] = {
    var state = seed
    return (0..<256).map { _ in
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = state
      word = (word ^ (word &>> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word &>> 27)) &* 0x94d0_49bb_1331_11eb
      return word ^ (word &>> 31)
    }
  }()
}
