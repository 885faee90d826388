/// A length of time on the calendar, written as `2y5m7d3h`: years, months, days and hours.
public struct CalendarDuration: Hashable, Sendable {
  /// Each below a million and not negative.
  public let years, months, days, hours: Int

  /// Reads digits followed by `y`, `m`, `d` or `h`, one time or more, in any order, each unit once.
  /// Nil for any other text and for amounts of a million or more.
  public init?(_ text: String) {
    var amounts: [UInt8: Int] = [:]
    var rest = text.utf8[...]
    while !rest.isEmpty {
      let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      rest = rest.dropFirst(digits.count)
      guard 1...6 ~= digits.count, let amount = Int(Substring(digits)), let unit = rest.popFirst(),
        "ymdh".utf8.contains(unit), amounts.updateValue(amount, forKey: unit) == nil
      else { return nil }
    }
    guard !amounts.isEmpty else { return nil }
    years = amounts[UInt8(ascii: "y"), default: 0]
    months = amounts[UInt8(ascii: "m"), default: 0]
    days = amounts[UInt8(ascii: "d"), default: 0]
    hours = amounts[UInt8(ascii: "h"), default: 0]
  }

  /// Whether it has no length, so that a rule with it keeps nothing.
  var isZero: Bool { years + months + days + hours == 0 }
}

extension CalendarDuration: CustomStringConvertible {
  /// As it is read.
  public var description: String {
    let text = [(years, "y"), (months, "m"), (days, "d"), (hours, "h")].reduce(into: "") { text, part in
      if part.0 > 0 { text += "\(part.0)\(part.1)" }
    }
    return text.isEmpty ? "0h" : text
  }
}
