/// What systemd says of calendar expressions that only it understands, through `systemd-analyze`.
enum SystemdCalendar {
  /// - Throws: a usage error if systemd does not understand `expression`. Where the program is missing, nothing is
  ///   checked: units may be made for another machine.
  static func check(_ expression: String, _ environment: Environment) throws(CommandError) {
    guard environment.hasProgram("systemd-analyze") else { return }
    let (_, status) = try ChildProcess.output(of: ["systemd-analyze", "calendar", expression])
    guard status.isSuccess else {
      throw CommandError(.usage, "systemd does not understand the calendar expression \"\(expression)\"")
    }
  }

  /// The first time of `expression` after `time`, in seconds since 1970; nil if there is none or it can't be known here.
  static func next(_ expression: String, after time: Int64, _ environment: Environment) throws(CommandError) -> Int64? {
    guard environment.hasProgram("systemd-analyze") else { return nil }
    let (bytes, status) = try ChildProcess.output(of: [
      "systemd-analyze", "calendar", "--base-time=@\(time)", "--iterations=1", expression,
    ])
    guard status.isSuccess else { return nil }
    return elapse(in: String(decoding: bytes, as: UTF8.self))
  }

  /// Reads "(in UTC): Wed 2026-11-25 00:00:00 UTC"; where UTC is the local time there is only "Next elapse: …".
  private static func elapse(in text: String) -> Int64? {
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    let line = lines.first { $0.hasPrefix("(in UTC):") } ?? lines.first { $0.hasPrefix("Next elapse:") }
    let words = line?.split(separator: " ") ?? []
    guard words.count >= 4, words.last == "UTC" else { return nil }
    let date = words[words.count - 3].split(separator: "-").compactMap { Int($0) }
    let time = words[words.count - 2].split(separator: ":").compactMap { Int($0) }
    guard date.count == 3, time.count == 3 else { return nil }
    return LocalTime(
      year: date[0], month: date[1], day: date[2], hour: time[0], minute: time[1], second: time[2]
    ).secondsInUTC
  }
}
