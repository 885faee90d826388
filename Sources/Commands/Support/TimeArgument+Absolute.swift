extension TimeArgument {
  /// Reads a date with what may follow it, in lower case; nil when `text` is none.
  static func absolute(_ text: String) -> TimeArgument? {
    var reader = Reader(rest: Substring(text))
    guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2)
    else { return nil }
    var time = LocalTime(year: year, month: month, day: day)
    if reader.isAtEnd { return time.isValid ? local(from: time) { $0.day += 1 } : nil }

    guard reader.skip(" ") || reader.skip("t"), let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2)
    else { return nil }
    (time.hour, time.minute) = (hour, minute)
    if reader.isAtEnd { return time.isValid ? span(at: time, lasting: 60) : nil }

    guard reader.skip(":"), let second = reader.number(digits: 2) else { return nil }
    time.second = second
    guard time.isValid else { return nil }
    if reader.isAtEnd { return span(at: time, lasting: 1) }
    return exact(time, &reader)
  }

  private static func span(at time: LocalTime, lasting length: Int64) -> TimeArgument? {
    guard let start = time.seconds else { return nil }
    return TimeArgument(start: Instant(seconds: start), end: .justBefore(second: start + length))
  }

  /// The rest of RFC 3339: a fraction of the second and how far the clock is from UTC.
  private static func exact(_ time: LocalTime, _ reader: inout Reader) -> TimeArgument? {
    var nanoseconds: UInt32?
    if reader.skip(".") {
      guard let fraction = reader.nanoseconds() else { return nil }
      nanoseconds = fraction
    }
    var base = time.seconds
    if !reader.isAtEnd {
      guard let offset = reader.offset(), reader.isAtEnd else { return nil }
      base = time.secondsInUTC.map { $0 - offset }
    }
    guard let seconds = base else { return nil }
    guard let nanoseconds else {
      return TimeArgument(start: Instant(seconds: seconds), end: .justBefore(second: seconds + 1))
    }
    let instant = Instant(seconds: seconds, nanoseconds: nanoseconds)
    return TimeArgument(start: instant, end: instant)
  }

  private struct Reader {
    var rest: Substring
    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Character) -> Bool {
      guard rest.first == character else { return false }
      rest.removeFirst()
      return true
    }

    mutating func number(digits count: Int) -> Int? {
      let digits = rest.prefix(count)
      guard digits.count == count, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
      rest = rest.dropFirst(count)
      return Int(digits)
    }

    mutating func nanoseconds() -> UInt32? {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      guard !digits.isEmpty else { return nil }
      return UInt32((digits + "00000000").prefix(9))
    }

    /// The seconds that a "z" or "+01:00" says the clock is ahead of UTC.
    mutating func offset() -> Int64? {
      if skip("z") { return 0 }
      let sign: Int64 = rest.first == "-" ? -1 : 1
      guard skip("+") || skip("-"), let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2),
        hours < 24, minutes < 60
      else { return nil }
      return sign * Int64(hours * 3600 + minutes * 60)
    }
  }
}
