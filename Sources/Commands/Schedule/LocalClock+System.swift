import Glibc
import Scheduling

extension LocalClock {
  /// The clocks of this process's time zone.
  static let system = LocalClock { time in
    var seconds = time_t(time)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return 0 }
    return Int64(fields.tm_gmtoff)
  }
}
