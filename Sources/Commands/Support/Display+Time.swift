import Glibc

extension Display {
  /// "2026-11-22 20:25:30" on the clock of the local time zone; "@" and the seconds where no calendar reaches.
  static func localTime(_ instant: Instant) -> String {
    var seconds = time_t(instant.seconds)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil else { return "@\(instant.seconds)" }
    return date(fields) + " " + clock(fields)
  }

  /// "2026-11-22T19:25:30Z", or with the nanoseconds where there are some: RFC 3339 in UTC.
  static func rfc3339(_ instant: Instant) -> String {
    var seconds = time_t(instant.seconds)
    var fields = tm()
    guard gmtime_r(&seconds, &fields) != nil else { return "@\(instant.seconds)" }
    let fraction = instant.nanoseconds == 0 ? "" : "." + padded(instant.nanoseconds, to: 9)
    return date(fields) + "T" + clock(fields) + fraction + "Z"
  }

  private static func date(_ fields: tm) -> String {
    padded(Int(fields.tm_year) + 1900, to: 4) + "-" + padded(fields.tm_mon + 1) + "-" + padded(fields.tm_mday)
  }

  private static func clock(_ fields: tm) -> String {
    padded(fields.tm_hour) + ":" + padded(fields.tm_min) + ":" + padded(fields.tm_sec)
  }
}
