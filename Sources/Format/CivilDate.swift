/// A date of the proleptic Gregorian calendar.
///
/// Years are counted from March here, so that the leap day is the last of its year, and in eras of 400 years, which
/// all have the same length.
package struct CivilDate: Sendable {
  private static let daysPerEra: Int64 = 146_097
  // From the 1st of March of the year 0 to 1970.
  private static let daysTo1970: Int64 = 719_468

  package let year: Int64
  package let month: Int64
  package let day: Int64

  /// The date, or nil when the calendar does not have it.
  package init?(year: Int64, month: Int64, day: Int64) {
    guard 1...12 ~= month, 1...Self.days(inMonth: month, of: year) ~= day else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date of a day; any day of a 64-bit number of seconds is in range.
  package init(daysSince1970: Int64) {
    let days = daysSince1970 + Self.daysTo1970
    let era = days.flooredQuotient(by: Self.daysPerEra)
    let dayOfEra = days - era * Self.daysPerEra
    // Takes out the leap days of 4 years, gives back those of 100, takes out the one of 400.
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - Self.daysBefore(monthFromMarch: monthFromMarch) + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var daysSince1970: Int64 {
    let fromMarch = month <= 2 ? year - 1 : year
    let era = fromMarch.flooredQuotient(by: 400)
    let yearOfEra = fromMarch - era * 400
    let dayOfYear = Self.daysBefore(monthFromMarch: month > 2 ? month - 3 : month + 9) + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * Self.daysPerEra + dayOfEra - Self.daysTo1970
  }

  /// Five months from March on have 153 days, in the order 31, 30, 31, 30, 31, and so have the next five.
  private static func daysBefore(monthFromMarch month: Int64) -> Int64 { (153 * month + 2) / 5 }

  /// The length of a month, 1 to 12.
  package static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
