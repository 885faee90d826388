import Glibc
import Retention
import Testing

/// A time zone by its present rules from 1950 to 2100, whatever files the machine has; before and after without summer
/// time.
struct TestZone: Sendable, CustomTestStringConvertible {
  /// The n-th Sunday of a month (5 for the last), at a second of the day in UTC that may lie before or after the day.
  typealias Rule = (month: Int32, sunday: Int, second: Int64)

  private static let years: ClosedRange<Int32> = 1950...2100
  private static let yearLength: Int64 = 31_556_952

  let name: String
  let standard: Int64
  let summer: Int64
  /// The seconds at which summer time begins and ends in each year.
  private let changes: [(begin: Int64, end: Int64)]

  init(name: String, standard: Int64, summer: Int64, begin: Rule, end: Rule) {
    (self.name, self.standard, self.summer) = (name, standard, summer)
    changes = Self.years.map { year in
      let days = [begin, end].map { Self.sunday($0.sunday, $0.month, year) + $0.second }
      return (days[0], days[1])
    }
  }

  static let berlin = TestZone(
    name: "Europe/Berlin", standard: 3600, summer: 7200, begin: (3, 5, 3600), end: (10, 5, 3600))
  static let newYork = TestZone(
    name: "America/New_York", standard: -5 * 3600, summer: -4 * 3600, begin: (3, 2, 7 * 3600), end: (11, 1, 6 * 3600))
  /// In the south, where summer time is half an hour.
  static let lordHowe = TestZone(
    name: "Australia/Lord_Howe", standard: 37_800, summer: 39_600, begin: (10, 1, 7200 - 37_800),
    end: (4, 1, 7200 - 39_600))
  static let kolkata = TestZone(
    name: "Asia/Kolkata", standard: 19_800, summer: 19_800, begin: (1, 1, 0), end: (2, 1, 0))
  static let all = [berlin, newYork, lordHowe, kolkata]

  var testDescription: String { name }

  var calendar: LocalCalendar { LocalCalendar { offset(at: $0) } }

  func offset(at seconds: Int64) -> Int64 {
    // Changes are not so near the turn of the year that the average length of years matters.
    let year = 1970 + (seconds + standard).quotientAndRemainder(dividingBy: Self.yearLength).quotient
    guard Int64(Self.years.lowerBound) + 1..<Int64(Self.years.upperBound) ~= year else { return standard }
    let (begin, end) = transitions(in: Int32(year) - (seconds < 0 ? 1 : 0))
    let isSummer = begin < end ? begin <= seconds && seconds < end : seconds < end || begin <= seconds
    return isSummer ? summer : standard
  }

  /// The seconds at which summer time begins and ends in a year.
  func transitions(in year: Int32) -> (begin: Int64, end: Int64) { changes[Int(year - Self.years.lowerBound)] }

  /// What the clock and the calendar show.
  func local(_ seconds: Int64) -> tm { fields(seconds + offset(at: seconds)) }

  /// The seconds at which the clock shows this for the first time.
  func seconds(_ year: Int32, _ month: Int32, _ day: Int32, _ hour: Int32 = 0, _ minute: Int32 = 0) -> Int64 {
    let reading = Self.seconds(year, month, day) + Int64(hour * 60 + minute) * 60
    return [summer, standard].map { reading - $0 }.filter { $0 + offset(at: $0) == reading }.min() ?? reading - standard
  }

  private static func sunday(_ number: Int, _ month: Int32, _ year: Int32) -> Int64 {
    let days = (1...31).map { seconds(year, month, $0) }.filter {
      let day = fields($0)
      return day.tm_mon + 1 == month && day.tm_wday == 0
    }
    return number == 5 ? days[days.count - 1] : days[number - 1]
  }

  private static func seconds(_ year: Int32, _ month: Int32, _ day: Int32) -> Int64 {
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
    return Int64(timegm(&fields))
  }

  private static func fields(_ seconds: Int64) -> tm {
    var time = time_t(seconds)
    var fields = tm()
    gmtime_r(&time, &fields)
    return fields
  }

  private func fields(_ seconds: Int64) -> tm { Self.fields(seconds) }
}
