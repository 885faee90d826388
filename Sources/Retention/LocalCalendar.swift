import Format

/// The calendar and the clock of a time zone.
///
/// Days, weeks, months and years are those of the Gregorian calendar there, so a day on which the clocks change is one
/// day, of 23 or 25 hours. Weeks begin on Monday, as ISO 8601 has them.
public struct LocalCalendar: Sendable {
  private let utcOffset: @Sendable (Int64) -> Int64

  /// The calendar of a zone.
  ///
  /// - Parameter utcOffset: how many seconds the clocks of the zone are ahead of UTC at a number of seconds since 1970;
  ///   less than a day.
  public init(utcOffset: @escaping @Sendable (Int64) -> Int64) { self.utcOffset = utcOffset }

  /// What the clock and the calendar read, as seconds from a reading of 1970-01-01 00:00.
  func reading(at time: Timestamp) -> Int64 {
    let seconds = Self.bounded(time.seconds)
    return seconds + utcOffset(seconds)
  }

  /// The hour that holds a time, by its first second since 1970. An hour that the clocks repeat is two hours.
  func hour(at time: Timestamp) -> Int64 {
    let seconds = Self.bounded(time.seconds)
    let offset = utcOffset(seconds)
    return (seconds + offset).flooredQuotient(by: 3600) * 3600 - offset
  }

  /// The time that lies `duration` before `time`: years and months back on the calendar, to the last day of a month that
  /// is shorter; then days on the calendar, to the same time of day; then hours as they pass.
  ///
  /// Of two times with one reading the earlier is meant; a reading that the clocks skip counts by the clock before.
  func time(_ duration: CalendarDuration, before time: Timestamp) -> Timestamp {
    let reading = reading(at: time)
    let today = CivilDate(daysSince1970: reading.flooredQuotient(by: 86_400))
    let months = today.year * 12 + today.month - 1 - Int64(duration.years * 12 + duration.months)
    let (year, month) = (months.flooredQuotient(by: 12), months - months.flooredQuotient(by: 12) * 12 + 1)
    let day = min(today.day, CivilDate.days(inMonth: month, of: year))
    // The month has the day, so there is such a date.
    let date = CivilDate(year: year, month: month, day: day) ?? today
    let target =
      (date.daysSince1970 - Int64(duration.days)) * 86_400 + reading - reading.flooredQuotient(by: 86_400) * 86_400
    return Timestamp(
      seconds: earliestTime(of: target) - Int64(duration.hours) * 3600, nanoseconds: time.nanoseconds)
  }

  private func earliestTime(of reading: Int64) -> Int64 {
    // No zone changes its clocks twice within two days, or by a day.
    let before = utcOffset(reading - 86_400)
    let after = utcOffset(reading + 86_400)
    let earlier = reading - max(before, after)
    return utcOffset(earlier) == max(before, after) ? earlier : reading - min(before, after)
  }

  /// Far beyond any date that can be written, but such that nothing overflows.
  private static func bounded(_ seconds: Int64) -> Int64 { min(max(seconds, -1 << 56), 1 << 56) }
}
