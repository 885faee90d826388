/// A whole number of per cent from the command line: "3%" or "3".
struct PercentageArgument: Sendable, Equatable {
  let percentage: UInt32

  /// Nil when `text` is no such number.
  init?(_ text: String) {
    let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
    guard let percentage = UInt32(digits) else { return nil }
    self.percentage = percentage
  }
}
