import Format

/// A period of the calendar, of each of which a rule keeps one snapshot.
public enum CalendarPeriod: String, Hashable, Sendable, CaseIterable {
  case hourly, daily, weekly, monthly, quarterly, yearly

  /// A number that times share if and only if they lie in the same period.
  func number(of time: Timestamp, in calendar: LocalCalendar) -> Int64 {
    let day = calendar.reading(at: time).flooredQuotient(by: 86_400)
    let date = CivilDate(daysSince1970: day)
    return switch self {
    case .hourly: calendar.hour(at: time)
    case .daily: day
    // The 1st of January 1970 was a Thursday.
    case .weekly: (day + 3).flooredQuotient(by: 7)
    case .monthly: date.year * 12 + date.month - 1
    case .quarterly: date.year * 4 + (date.month - 1) / 3
    case .yearly: date.year
    }
  }
}
