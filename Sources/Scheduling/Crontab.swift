/// A user's crontab with marked blocks of jobs in it. All other lines stay as they are, byte for byte.
package struct Crontab: Sendable {
  /// The text.
  package private(set) var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Adds the block of a job, in place of one of the same name.
  package mutating func add(_ job: Job, _ command: TimerCommand) {
    remove(job.name)
    // A last line without an end is none to cron.
    if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    bytes += Self.line(.begin, job.name)
    bytes += "\(Self.times(job.calendar)) ".utf8
    // What it says besides problems, cron would send by mail.
    bytes += (command.words(for: job) + [Array("--quiet".utf8)]).map(Self.quoted).joined(separator: [UInt8(ascii: " ")])
    bytes.append(UInt8(ascii: "\n"))
    bytes += Self.line(.end, job.name)
  }

  /// Removes the block of a job; false if there is none. A block whose end is missing is left alone.
  @discardableResult
  package mutating func remove(_ name: JobName) -> Bool {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let (begin, end) = (Self.line(.begin, name).dropLast(), Self.line(.end, name).dropLast())
    guard let first = lines.firstIndex(where: { $0.elementsEqual(begin) }),
      let last = lines[first...].firstIndex(where: { $0.elementsEqual(end) })
    else { return false }
    bytes = Array((lines[..<first] + lines[(last + 1)...]).joined(separator: [UInt8(ascii: "\n")]))
    return true
  }

  /// Whether there is a block of a job.
  package func contains(_ name: JobName) -> Bool {
    var copy = self
    return copy.remove(name)
  }

  private enum Marker: String { case begin, end }

  private static func line(_ marker: Marker, _ name: JobName) -> [UInt8] {
    Array("# firn schedule \(name): \(marker.rawValue)\n".utf8)
  }

  /// How often cron asks whether the job is due: every five minutes, or as often as the job runs.
  private static func times(_ calendar: Calendar) -> String {
    if case .interval(let minutes) = calendar, minutes < 5 { "*/\(minutes) * * * *" } else { "*/5 * * * *" }
  }

  /// `word` for the shell that cron starts: in single quotes, in which only they themselves mean something.
  ///
  /// cron takes `%` for a line end unless a backslash comes before it, and it takes that backslash away; two backslashes
  /// before `%` don't help. So each `%` stands outside of the quotes with a backslash that belongs to it alone.
  static func quoted(_ word: [UInt8]) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "'")]
    for byte in word {
      switch byte {
      case UInt8(ascii: "'"): text += #"'\''"#.utf8
      case UInt8(ascii: "%"): text += #"'\%'"#.utf8
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "'"))
    return text
  }
}
