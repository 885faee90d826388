extension Timestamp {
  /// RFC 3339 in UTC with nanoseconds, as `2026-11-22T20:25:00.000000000Z`.
  ///
  /// Years outside 0–9999, which RFC 3339 can't write, have a sign and all their digits; `init(text:)` refuses them.
  public var text: String { textOfSeconds.dropLast() + "." + Self.digits(Int64(nanoseconds), 9) + "Z" }

  /// RFC 3339 in UTC without a fraction, as `2026-11-22T20:25:00Z`.
  public var textOfSeconds: String {
    let secondsPerDay: Int64 = 86_400
    var day = seconds / secondsPerDay
    var second = seconds % secondsPerDay
    if second < 0 {
      second += secondsPerDay
      day -= 1
    }
    let date = CivilDate(daysSince1970: day)
    let time = [second / 3600, second / 60 % 60, second % 60].map { Self.digits($0, 2) }.joined(separator: ":")
    return "\(Self.year(date.year))-\(Self.digits(date.month, 2))-\(Self.digits(date.day, 2))T\(time)Z"
  }

  /// The time that an RFC 3339 text in UTC states, with at most nine digits of fraction; nil for any other text.
  ///
  /// Capital `T` and `Z` only, years 0–9999 in the Gregorian calendar, no leap seconds.
  public init?(text: some StringProtocol) {
    var rest = Substring(text).utf8
    guard let year = Self.number(4, &rest), Self.skip("-", &rest), let month = Self.number(2, &rest),
      Self.skip("-", &rest), let day = Self.number(2, &rest), Self.skip("T", &rest),
      let hour = Self.number(2, &rest), hour < 24, Self.skip(":", &rest), let minute = Self.number(2, &rest),
      minute < 60, Self.skip(":", &rest), let second = Self.number(2, &rest), second < 60,
      let date = CivilDate(year: year, month: month, day: day), let nanoseconds = Self.fraction(&rest),
      Self.skip("Z", &rest), rest.isEmpty
    else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  private static func digits(_ value: Int64, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  private static func year(_ year: Int64) -> String {
    if 0...9999 ~= year { return digits(year, 4) }
    return (year < 0 ? "-" : "+") + digits(abs(year), 4)
  }

  private static func skip(_ character: Unicode.Scalar, _ rest: inout Substring.UTF8View) -> Bool {
    rest.popFirst() == UInt8(ascii: character)
  }

  private static func number(_ digits: Int, _ rest: inout Substring.UTF8View) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit(&rest) else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }

  private static func digit(_ rest: inout Substring.UTF8View) -> UInt8? {
    guard let byte = rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
    rest.removeFirst()
    return byte - UInt8(ascii: "0")
  }

  /// Nanoseconds of an optional fraction; nil when a point is followed by none or more than nine digits.
  private static func fraction(_ rest: inout Substring.UTF8View) -> UInt32? {
    guard rest.first == UInt8(ascii: ".") else { return 0 }
    rest.removeFirst()
    var value: UInt32 = 0
    var count = 0
    while count < 9, let digit = digit(&rest) {
      value = value * 10 + UInt32(digit)
      count += 1
    }
    guard count > 0 else { return nil }
    for _ in count..<9 { value *= 10 }
    return value
  }
}
