/// How fast bytes may move.
public struct TransferRate: Hashable, Sendable {
  /// The rates there are, in bytes per second: 1 KiB to 1 TiB. Less would not open a repository within minutes, and more is no
  /// limit to any storage: whoever asks for it has mistaken the unit.
  public static let range: ClosedRange<UInt64> = (1 << 10)...(1 << 40)

  /// The rate in bytes per second.
  public let bytesPerSecond: UInt64

  /// Nil outside `range`.
  public init?(bytesPerSecond: UInt64) {
    guard Self.range.contains(bytesPerSecond) else { return nil }
    self.bytesPerSecond = bytesPerSecond
  }

  /// How long so many bytes take.
  func duration(of count: Int) -> Duration {
    .seconds(1) * count / bytesPerSecond
  }
}
