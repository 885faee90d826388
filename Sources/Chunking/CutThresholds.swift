/// The two limits that the keyed function's value is compared with at a candidate.
///
/// With D = average - minimum, a position below the average is cut with probability 1 / 3D and one from the average on
/// with 24 / 5D. Keeping early cuts rare and late ones likely gathers the sizes around the average, which dedups better
/// than the long tail of one constant probability. The factors belong together: a length drawn with hazard 1/3D up to D
/// and c/D after it has the mean D when c = e^(-1/3) / (3 e^(-1/3) - 2) = 4.790, and 24/5 is that to 0.2 %.
struct CutThresholds: Sendable {
  /// For cuts shorter than the average.
  let belowAverage: UInt64

  /// For cuts of the average length or longer.
  let fromAverage: UInt64

  init(_ parameters: ChunkerParameters) {
    let spread = UInt64(parameters.average - parameters.minimum)
    let positionsPerCandidate: UInt64 = 1 << GearScanner.candidateBits
    belowAverage = Self.share(positionsPerCandidate, of: 3 * spread)
    fromAverage = Self.share(24 * positionsPerCandidate, of: 5 * spread)
  }

  /// The fraction `part / whole` of 2^64, rounded down; `part` must be less than `whole`.
  private static func share(_ part: UInt64, of whole: UInt64) -> UInt64 {
    whole.dividingFullWidth((high: part, low: 0)).quotient
  }
}
