import Glibc

/// A time from the command line, in the local time zone unless it says otherwise.
///
/// - absolute: "2026-11-22", "2026-11-22 20:25", "2026-11-22 20:25:30", "2026-11-22T20:25:30.5+01:00" (RFC 3339)
/// - relative: "now", "today", "yesterday", "36h", "2 days ago", "1 month ago"; "m" is months, "min" minutes
///
/// A text names as long a time as it is exact: a day, a minute, a second or an instant. Days, weeks, months and
/// years back are counted on the calendar, so that "1 day ago" is the same time of day even when the clocks
/// changed; hours, minutes and seconds are counted as they pass. A day that a shorter month doesn't have becomes
/// the month's last.
struct TimeArgument: Sendable, Equatable {
  /// The first instant that the text names.
  let start: Instant
  /// The last instant that the text names.
  let end: Instant

  init(start: Instant, end: Instant) {
    self.start = start
    self.end = end
  }

  /// Nil when `text` is no time.
  init?(_ text: String, now: Instant) {
    let text = text.lowercased().split(separator: " ").joined(separator: " ")
    guard let time = Self.absolute(text) ?? Self.relative(text, now: now) else { return nil }
    self = time
  }

  /// The time from the local time `start` that lasts until `next` makes the calendar fields of its end.
  static func local(from start: LocalTime, until next: (inout LocalTime) -> Void) -> TimeArgument? {
    var end = start
    next(&end)
    guard let first = start.seconds, let last = end.seconds else { return nil }
    return TimeArgument(start: Instant(seconds: first), end: .justBefore(second: last))
  }

  private static func relative(_ text: String, now: Instant) -> TimeArgument? {
    switch text {
    case "now": return TimeArgument(start: now, end: now)
    case "today", "yesterday":
      guard var day = LocalTime(now) else { return nil }
      (day.hour, day.minute, day.second) = (0, 0, 0)
      if text == "yesterday" { day.day -= 1 }
      return local(from: day) { $0.day += 1 }
    default: break
    }
    var rest = Substring(text)
    if rest.hasSuffix(" ago") { rest = rest.dropLast(4) }
    let digits = rest.prefix { ("0"..."9").contains($0) }
    guard let amount = Int32(digits), amount < 1_000_000 else { return nil }
    let unit = rest.dropFirst(digits.count).drop { $0 == " " }
    guard let start = back(Int(amount), String(unit), from: now) else { return nil }
    return TimeArgument(start: start, end: start)
  }

  private static func back(_ amount: Int, _ unit: String, from now: Instant) -> Instant? {
    let seconds: Int
    switch unit {
    case "s", "sec", "second", "seconds": seconds = 1
    case "min", "minute", "minutes": seconds = 60
    case "h", "hour", "hours": seconds = 3600
    default: return backOnCalendar(amount, unit, from: now)
    }
    return Instant(seconds: now.seconds - Int64(amount * seconds), nanoseconds: now.nanoseconds)
  }

  private static func backOnCalendar(_ amount: Int, _ unit: String, from now: Instant) -> Instant? {
    guard var time = LocalTime(now) else { return nil }
    switch unit {
    case "d", "day", "days": time.day -= amount
    case "w", "week", "weeks": time.day -= 7 * amount
    case "m", "mo", "month", "months": time.subtract(months: amount)
    case "y", "year", "years": time.subtract(months: 12 * amount)
    default: return nil
    }
    return time.seconds.map { Instant(seconds: $0, nanoseconds: now.nanoseconds) }
  }
}
