/// The chunk sizes of a repository. They are stored in its configuration, and two writers find each other's chunks only
/// when they use the same ones.
public struct ChunkerParameters: Hashable, Sendable {
  /// The largest ``maximum`` there may be, in bytes: a reader has to hold a whole chunk in memory.
  public static let largestMaximum = 8 << 20

  /// The smallest difference of ``average`` and ``minimum`` there may be, in bytes. Below 5 KiB there would not be
  /// enough candidates to reach the average.
  public static let smallestSpread = 8 << 10

  /// No chunk is shorter, in bytes, except the last one of a stream.
  public let minimum: Int

  /// The expected chunk length on random data, in bytes.
  public let average: Int

  /// No chunk is longer, in bytes.
  public let maximum: Int

  /// Checks the sizes, all in bytes.
  ///
  /// - Throws: ``ChunkingError/Code/invalidParameters`` unless the minimum holds the 64-byte window, the average is at
  ///   least ``smallestSpread`` above it, and the maximum is above the average and at most ``largestMaximum``.
  public init(minimum: Int, average: Int, maximum: Int) throws(ChunkingError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(ChunkingError) {
      guard condition else { throw ChunkingError(code: .invalidParameters, message: message()) }
    }
    try require(
      minimum >= GearScanner.windowSize,
      "minimum chunk size \(minimum) is below the window of \(GearScanner.windowSize) bytes")
    try require(
      maximum <= Self.largestMaximum,
      "maximum chunk size \(maximum) is above \(Self.largestMaximum) bytes")
    try require(
      average < maximum,
      "average chunk size \(average) is not below the maximum \(maximum)")
    // Written so that no hostile value overflows: both sides of the subtraction are known to be positive here.
    try require(
      average > minimum && average - minimum >= Self.smallestSpread,
      "average chunk size \(average) is not \(Self.smallestSpread) bytes or more above the minimum \(minimum)")
    self.minimum = minimum
    self.average = average
    self.maximum = maximum
  }
}
