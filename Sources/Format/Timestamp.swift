/// A point in time as file systems keep it.
public struct Timestamp: Hashable, Sendable {
  /// Whole seconds since 1970 UTC, rounded down.
  public var seconds: Int64
  /// Nanoseconds past the second, below 10^9.
  public var nanoseconds: UInt32

  /// Makes a point in time; `nanoseconds` must be below 10^9.
  @inlinable
  public init(seconds: Int64, nanoseconds: UInt32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }
}

extension Timestamp: Comparable {
  /// Whether `left` is earlier than `right`.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}
