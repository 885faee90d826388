import Format

/// The times at which a job is to run: slots. Seconds since 1970.
extension Calendar {
  /// More than the days of any month, and a day for the distance of the clocks from UTC on either side.
  private static let searchedDays: Int64 = 34

  /// The last slot that is not later than `time`; nil when only systemd knows.
  package func lastSlot(notAfter time: Int64, _ clock: LocalClock) -> Int64? {
    switch self {
    case .systemd: nil
    case .interval(let minutes): time.flooredQuotient(by: Int64(minutes) * 60) * Int64(minutes) * 60
    case .days(let days, let minute):
      Self.lookFor(days, minute, clock, from: time, step: -1) { $0 <= time }
    }
  }

  /// The first slot later than `time`; nil when only systemd knows.
  package func nextSlot(after time: Int64, _ clock: LocalClock) -> Int64? {
    switch self {
    case .systemd: nil
    case .interval(let minutes): (time.flooredQuotient(by: Int64(minutes) * 60) + 1) * Int64(minutes) * 60
    case .days(let days, let minute):
      Self.lookFor(days, minute, clock, from: time, step: 1) { $0 > time }
    }
  }

  private static func lookFor(
    _ days: Days, _ minute: Int, _ clock: LocalClock, from time: Int64, step: Int64, _ fits: (Int64) -> Bool
  ) -> Int64? {
    let reading = clock.reading(at: time)
    let today = reading.flooredQuotient(by: 86_400)
    // The clocks may be put across midnight, so the search begins on the other side of today.
    return (-1...searchedDays).lazy
      .map { today + step * $0 }
      .filter { days.contains(daySince1970: $0) }
      .map { clock.firstTime(showing: $0 * 86_400 + Int64(minute) * 60) }
      .first(where: fits)
  }
}

extension Calendar.Days {
  fileprivate func contains(daySince1970 day: Int64) -> Bool {
    switch self {
    case .every: true
    // The first day of 1970 was a Thursday.
    case .weekday(let weekday): ((day + 3) % 7 + 7) % 7 == Int64(weekday)
    case .ofMonth(let number): CivilDate(daysSince1970: day).day == Int64(number)
    }
  }
}
