/// The command by which a timer starts a job.
package struct TimerCommand: Sendable {
  let program: [UInt8]
  let stateDirectory: [UInt8]

  /// - Parameter program: the absolute path of firn.
  /// - Throws: an error for paths that timers can't carry.
  package init(program: [UInt8], stateDirectory: [UInt8]) throws(SchedulingError) {
    // systemd refuses programs with these in their path, however they are quoted.
    guard !program.contains(where: { $0 < 0x20 || $0 == 0x7F || "\"'\\".utf8.contains($0) }) else {
      throw SchedulingError("firn's own path has a quote, backslash or control character; install it elsewhere")
    }
    guard !stateDirectory.contains(where: { $0 == 0x0A || $0 == 0 }) else {
      throw SchedulingError("the path of the state directory has a line feed")
    }
    self.program = program
    self.stateDirectory = stateDirectory
  }

  /// All words, the program first.
  func words(for job: Job) -> [[UInt8]] {
    var words = [program] + ["schedule", "run", job.name.description].map { Array($0.utf8) }
    // Only systemd knows when such a job is due.
    if job.calendar.isPortable { words.append(Array("--if-due".utf8)) }
    return words + [Array("--state-directory".utf8), stateDirectory]
  }
}
