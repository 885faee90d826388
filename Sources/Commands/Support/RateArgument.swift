import Backend

/// A rate from the command line: a number of KiB per second as restic takes it, "500", or with a unit a size as everywhere,
/// per second: "2MiB", "1.5M".
struct RateArgument: Sendable, Equatable {
  let rate: TransferRate

  /// Nil when `text` is no rate, or one that is none in practice.
  init?(_ text: String) {
    let hasUnit = !("0"..."9").contains(text.last ?? "0")
    guard let size = SizeArgument(hasUnit ? text : text + "KiB"), let rate = TransferRate(bytesPerSecond: size.bytes)
    else { return nil }
    self.rate = rate
  }

  /// What is said of a text that is no rate.
  static func refusal(of text: String) -> String {
    let range = TransferRate.range
    return """
      "\(Terminal.escaped(text.utf8))" is no rate: give a number of KiB a second, or a size such as 2M for so many bytes a \
      second, from \(Display.size(range.lowerBound)) to \(Display.size(range.upperBound)); for no limit leave it out
      """
  }
}
