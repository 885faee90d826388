/// What is known about the last run of a job.
package struct RunRecord: Hashable, Sendable {
  /// When the command was started, in seconds since 1970.
  package let started: Int64
  /// How it ended; nil before that, and for ever if nobody was left to tell.
  package let end: End?

  /// The end of a run.
  package struct End: Hashable, Sendable {
    /// In seconds since 1970.
    package let time: Int64
    /// How long the run took, in seconds, by a clock that nobody sets.
    package let seconds: Int64
    /// The exit code; minus the number of the signal that ended it.
    package let code: Int32

    package init(time: Int64, seconds: Int64, code: Int32) {
      self.time = time
      self.seconds = seconds
      self.code = code
    }
  }

  package init(started: Int64, end: End? = nil) {
    self.started = started
    self.end = end
  }

  /// The record as a file.
  package var file: [UInt8] {
    var record = LineRecord()
    record.append("started", String(started))
    if let end {
      record.append("ended", String(end.time))
      record.append("seconds", String(end.seconds))
      record.append("code", String(end.code))
    }
    return record.bytes(title: "The last run of a job of \"firn schedule\"; times are seconds since 1970.")
  }

  /// Nil for a file that `file` did not write.
  package init?(file: [UInt8]) {
    guard let record = LineRecord(file), let started = record.number("started") else { return nil }
    self.started = started
    guard let time = record.number("ended"), let seconds = record.number("seconds"),
      let code = record.number("code").flatMap({ Int32(exactly: $0) })
    else {
      end = nil
      return
    }
    end = End(time: time, seconds: seconds, code: code)
  }
}
