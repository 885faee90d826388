import Glibc

/// A reading of the calendar and the clock in the local time zone. Fields may run over: day 0 is the last of the
/// month before.
struct LocalTime: Sendable, Equatable {
  var year: Int
  var month: Int
  var day: Int
  var hour = 0
  var minute = 0
  var second = 0

  init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  /// The reading at `instant`; nil when no calendar reaches it.
  init?(_ instant: Instant) {
    var seconds = time_t(instant.seconds)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return nil }
    self.init(
      year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
      hour: Int(fields.tm_hour), minute: Int(fields.tm_min), second: Int(fields.tm_sec))
  }

  private var fields: tm {
    var fields = tm()
    fields.tm_year = CInt(year - 1900)
    fields.tm_mon = CInt(month - 1)
    fields.tm_mday = CInt(day)
    fields.tm_hour = CInt(hour)
    fields.tm_min = CInt(minute)
    fields.tm_sec = CInt(second)
    // The library finds out whether summer time holds.
    fields.tm_isdst = -1
    return fields
  }

  /// Seconds since 1970 UTC. A reading that a change of the clocks skips counts as the time right after it; nil
  /// when out of range.
  var seconds: Int64? {
    var fields = fields
    // mktime returns -1 both for an error and for one valid second; only success sets the day of the week.
    fields.tm_wday = -1
    let seconds = mktime(&fields)
    return fields.tm_wday < 0 ? nil : Int64(seconds)
  }

  /// Seconds since 1970 if this reading were in UTC; nil when out of range.
  var secondsInUTC: Int64? {
    var fields = fields
    fields.tm_wday = -1
    let seconds = timegm(&fields)
    return fields.tm_wday < 0 ? nil : Int64(seconds)
  }

  /// Whether every field is within what its place allows, and the month has the day.
  var isValid: Bool {
    (1...12).contains(month) && day >= 1 && day <= Self.days(in: month, of: year)
      && (0...23).contains(hour) && (0...59).contains(minute) && (0...60).contains(second)
  }

  /// Goes `months` back and to the last day of that month if it is shorter.
  mutating func subtract(months: Int) {
    let total = year * 12 + month - 1 - months
    year = total / 12
    month = total % 12 + 1
    day = min(day, Self.days(in: month, of: year))
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// How many seconds the clocks of the local time zone are ahead of UTC at a number of seconds since 1970; 0 where no
  /// calendar reaches.
  static func utcOffset(at seconds: Int64) -> Int64 {
    var seconds = time_t(seconds)
    var fields = tm()
    return localtime_r(&seconds, &fields) == nil ? 0 : Int64(fields.tm_gmtoff)
  }
}
