extension Calendar {
  /// What an `OnCalendar=` line of a timer says.
  package var systemdExpression: String {
    switch self {
    case .interval(let minutes) where minutes < 60: "*-*-* *:00/\(minutes):00 UTC"
    case .interval(60): "*-*-* *:00:00 UTC"
    case .interval(let minutes): "*-*-* 00/\(minutes / 60):00:00 UTC"
    case .days(let days, let minute): Self.expression(days, minute)
    case .systemd(let text): text
    }
  }

  /// The same an hour later; nil where the clocks can't matter.
  ///
  /// systemd leaves a day out on which the clocks skip the time. By the second time they have gone on, and the run finds
  /// that it is due; on all other days it finds that it isn't.
  package var systemdSecondExpression: String? {
    guard case .days(let days, let minute) = self else { return nil }
    guard minute >= 23 * 60 else { return Self.expression(days, minute + 60) }
    let next: Days =
      switch days {
      case .every: .every
      case .weekday(let day): .weekday((day + 1) % 7)
      case .ofMonth(let day): .ofMonth(day + 1)
      }
    return Self.expression(next, minute + 60 - 24 * 60)
  }

  private static func expression(_ days: Days, _ minute: Int) -> String {
    let time = "\(twoDigits(minute / 60)):\(twoDigits(minute % 60)):00"
    return switch days {
    case .every: "*-*-* \(time)"
    case .weekday(let day): "\(weekdays[day]) *-*-* \(time)"
    case .ofMonth(let day): "*-*-\(twoDigits(day)) \(time)"
    }
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
