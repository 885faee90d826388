import CLinux
import Glibc

/// A point in time as file systems keep it: seconds since 1970 UTC, possibly negative, and nanoseconds into that second.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
  public var seconds: Int64
  /// Nanoseconds after `seconds`: 0 to 999,999,999.
  public var nanoseconds: UInt32

  /// The time `seconds` and `nanoseconds` after 1970-01-01T00:00:00Z.
  @inline(__always)
  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// What the wall clock shows, by which the kernel stamps files of this machine (it may be some milliseconds behind).
  public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
  }

  /// Whether `left` is earlier than `right`.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// Lends the two times that utimensat takes. The kernel leaves a time alone that is given as UTIME_OMIT.
  static func withKernelTimes(
    access: Timestamp?, modification: Timestamp?, _ body: (UnsafePointer<timespec>) -> Int32
  ) -> Int32 {
    func kernelTime(_ time: Timestamp?) -> timespec {
      guard let time else { return timespec(tv_sec: 0, tv_nsec: utimeOmit) }
      return timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
    }
    return withUnsafeTemporaryAllocation(of: timespec.self, capacity: 2) { times in
      guard let base = times.baseAddress else { return -EINVAL }
      times.initializeElement(at: 0, to: kernelTime(access))
      times.initializeElement(at: 1, to: kernelTime(modification))
      return body(base)
    }
  }

  /// UTIME_OMIT, a macro that Swift can't import.
  private static let utimeOmit = (1 << 30) - 2
}
