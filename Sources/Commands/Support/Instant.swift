import Glibc

/// A point in time: seconds since 1970 UTC, and nanoseconds below 10^9 after that.
struct Instant: Sendable, Hashable, Comparable {
  var seconds: Int64
  var nanoseconds: UInt32 = 0

  /// The present by the system's clock.
  static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
  }

  static func < (left: Instant, right: Instant) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// The last nanosecond before the second `seconds`.
  static func justBefore(second seconds: Int64) -> Instant {
    Instant(seconds: seconds - 1, nanoseconds: 999_999_999)
  }
}
