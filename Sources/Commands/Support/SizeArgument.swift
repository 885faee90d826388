/// A number of bytes from the command line: "4096", "100k", "10M", "1.5GiB", "2TB".
///
/// K, M, G, T, P and E, alone or with "iB", are powers of 1024; with "B" alone they are powers of 1000. Case
/// doesn't matter.
struct SizeArgument: Sendable, Equatable {
  let bytes: UInt64

  init(bytes: UInt64) { self.bytes = bytes }

  /// Nil when `text` is no size or one that doesn't fit 64 bits. A fraction of a byte is dropped.
  init?(_ text: String) {
    let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    guard let scale = Self.scale(text.dropFirst(number.count)) else { return nil }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 2, let whole = UInt64(first) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
    guard !overflow else { return nil }
    var fraction: UInt64 = 0
    if parts.count == 2 {
      // Fewer digits after the point than 10^9 keep the quotient below the scale, so the wide division cannot trap.
      guard !parts[1].isEmpty, parts[1].count <= 9, let digits = UInt64(parts[1]) else { return nil }
      let denominator = (0..<parts[1].count).reduce(UInt64(1)) { power, _ in power * 10 }
      let wide = digits.multipliedFullWidth(by: scale)
      fraction = denominator.dividingFullWidth(wide).quotient
    }
    let (sum, sumOverflow) = product.addingReportingOverflow(fraction)
    guard !sumOverflow else { return nil }
    bytes = sum
  }

  private static func scale(_ suffix: Substring) -> UInt64? {
    let suffix = suffix.lowercased()
    if suffix.isEmpty || suffix == "b" { return 1 }
    guard let letter = suffix.first, let place = Array("kmgtpe").firstIndex(of: letter) else { return nil }
    let base: UInt64
    switch suffix.dropFirst() {
    case "", "ib": base = 1024
    case "b": base = 1000
    default: return nil
    }
    return (0...place).reduce(1) { power, _ in power * base }
  }
}
