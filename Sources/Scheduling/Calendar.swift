/// When a job runs.
package enum Calendar: Hashable, Sendable {
  /// At the whole multiples of so many minutes since 1970 UTC, so that a change of the clocks changes nothing. The
  /// number divides a day.
  case interval(minutes: Int)
  /// On these days of the local calendar, so many minutes after 0:00 by the local clock.
  case days(Days, minute: Int)
  /// An expression that only systemd understands.
  case systemd(String)

  /// On which days.
  package enum Days: Hashable, Sendable {
    case every
    /// 0 is Monday.
    case weekday(Int)
    /// From 1 to 28, the days that every month has.
    case ofMonth(Int)
  }

  /// The names of the weekdays, as systemd has them.
  static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  /// What is understood everywhere.
  package static let grammar =
    "hourly, daily [HH:MM], weekly [DAY [HH:MM]], monthly [D [HH:MM]], every Nh or every Nm"

  /// Reads a text: one of the portable forms, or whatever else as an expression for systemd.
  /// - Throws: an error that says what is wrong with a portable form.
  package init(_ text: String) throws(SchedulingError) {
    let words = text.split(separator: " ").map { $0.lowercased() }
    switch words.first {
    case "hourly" where words.count == 1: self = .interval(minutes: 60)
    case "every" where words.count == 2: self = .interval(minutes: try Self.interval(words[1]))
    case "daily" where words.count <= 2:
      self = .days(.every, minute: try Self.minute(words.dropFirst().first))
    case "weekly" where words.count <= 3:
      let day = try words.count > 1 ? Self.weekday(words[1]) : 0
      self = .days(.weekday(day), minute: try Self.minute(words.dropFirst(2).first))
    case "monthly" where words.count <= 3:
      let day = try words.count > 1 ? Self.dayOfMonth(words[1]) : 1
      self = .days(.ofMonth(day), minute: try Self.minute(words.dropFirst(2).first))
    case "hourly", "every", "daily", "weekly", "monthly":
      throw SchedulingError("\"\(text)\" is none of \(Self.grammar)")
    default:
      // A unit's line, in which % would be a specifier.
      guard !words.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !text.contains("%") else {
        throw SchedulingError("\"\(text)\" is no calendar expression; use \(Self.grammar)")
      }
      self = .systemd(text)
    }
  }

  /// Whether this program itself can tell when it is.
  package var isPortable: Bool {
    if case .systemd = self { false } else { true }
  }

  private static func interval(_ word: String) throws(SchedulingError) -> Int {
    let unit = word.hasSuffix("h") ? 60 : word.hasSuffix("m") ? 1 : 0
    let whole = unit == 60 ? 24 : 60
    guard unit > 0, let number = number(word.dropLast()), 1..<whole ~= number, whole % number == 0 else {
      throw SchedulingError(
        "\"every \(word)\" does not divide the day or the hour evenly: hours are 1, 2, 3, 4, 6, 8 or 12, minutes 1, 2, 3, "
          + "4, 5, 6, 10, 12, 15, 20 or 30")
    }
    return number * unit
  }

  private static func minute(_ word: String?) throws(SchedulingError) -> Int {
    guard let word else { return 0 }
    let fields = word.split(separator: ":", omittingEmptySubsequences: false)
    guard fields.count == 2, fields[1].count == 2, let hour = number(fields[0]), let minute = number(fields[1]),
      0...23 ~= hour, 0...59 ~= minute
    else { throw SchedulingError("\"\(word)\" is no time of day; write it as 02:30") }
    return hour * 60 + minute
  }

  private static func weekday(_ word: String) throws(SchedulingError) -> Int {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    guard word.count >= 3, let day = names.firstIndex(where: { $0.hasPrefix(word) }) else {
      throw SchedulingError("\"\(word)\" is no weekday; write it as mon or monday")
    }
    return day
  }

  private static func dayOfMonth(_ word: String) throws(SchedulingError) -> Int {
    guard let day = number(word[...]), 1...28 ~= day else {
      throw SchedulingError("\"\(word)\" is no day that every month has; they are 1 to 28")
    }
    return day
  }

  private static func number(_ digits: Substring) -> Int? {
    guard 1...2 ~= digits.utf8.count, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(digits)
  }
}
