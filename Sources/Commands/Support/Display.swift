/// Numbers as people read them.
enum Display {
  private static let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

  /// "512 B", "1.4 GiB": three digits or so, rounded to the nearest.
  static func size(_ bytes: some BinaryInteger) -> String {
    let bytes = UInt64(clamping: bytes)
    if bytes < 1024 { return "\(bytes) B" }
    var unit = 0
    // In tenths of the unit, so that 1023.96 KiB becomes 1.0 MiB rather than 1024.0 KiB.
    while unit < units.count - 1, tenths(bytes, unit) >= 10_240 { unit += 1 }
    let tenths = tenths(bytes, unit)
    return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\((tenths + 5) / 10) \(units[unit])"
  }

  private static func tenths(_ bytes: UInt64, _ unit: Int) -> UInt64 {
    let shift = UInt64(10 * (unit + 1))
    let whole = bytes >> shift
    let rest = bytes & (1 << shift - 1)
    // `rest` is below 2^60, so ten times it fits.
    return whole * 10 + (rest * 10 + 1 << (shift - 1)) >> shift
  }

  /// "0.4 s", "12 s", "3:05", "1:02:03", "2 d 03:04:05"; negative durations count as none.
  static func duration(_ duration: Duration) -> String {
    let (whole, attoseconds) = max(duration, .zero).components
    if whole < 10 {
      let tenths = whole * 10 + attoseconds / 100_000_000_000_000_000
      return "\(tenths / 10).\(tenths % 10) s"
    }
    if whole < 60 { return "\(whole) s" }
    let minutes = padded(whole / 60 % 60) + ":" + padded(whole % 60)
    if whole < 3600 { return "\(whole / 60):\(padded(whole % 60))" }
    if whole < 86_400 { return "\(whole / 3600):\(minutes)" }
    return "\(whole / 86_400) d \(padded(whole / 3600 % 24)):\(minutes)"
  }

  /// "1,234,567".
  static func count(_ number: some BinaryInteger) -> String {
    let digits = Array(String(number.magnitude))
    let grouped = digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
      text.append(digit.element)
    }
    return number < 0 ? "-" + grouped : grouped
  }

  /// "1 file", "2,000 files".
  static func count(_ number: Int, _ noun: String) -> String {
    count(number) + " " + (number == 1 ? noun : noun + "s")
  }

  /// "45.2%" of a total; "100.0%" only when all of it is done.
  static func percentage(_ part: UInt64, of total: UInt64) -> String {
    guard total > 0, part < total else { return "100.0%" }
    let tenths = UInt64(Double(part) / Double(total) * 1000)
    return "\(min(tenths, 999) / 10).\(min(tenths, 999) % 10)%"
  }

  static func padded(_ number: some BinaryInteger, to digits: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
