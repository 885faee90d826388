/// A length of time from the command line: "90" or "90s", "30m", "24h", "7d".
struct DurationArgument: Sendable, Equatable {
  /// How the help shows it: `m` is minutes here, and months in the rules of a retention policy.
  static let valueName = "n[s|m|h|d]"

  let duration: Duration

  /// Nil when `text` is no whole number with a unit, or more than a hundred years.
  init?(_ text: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let last = text.last else { return nil }
    let unit = units[last]
    guard let number = Int64(unit == nil ? text[...] : text.dropLast()), number >= 0 else { return nil }
    let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflow, seconds <= 100 * 366 * 86400 else { return nil }
    duration = .seconds(seconds)
  }
}
