/// A firn command that runs on a schedule.
package struct Job: Hashable, Sendable {
  package let name: JobName
  /// When, as the user wrote it.
  package let calendarText: String
  package let calendar: Calendar
  /// What starts the runs.
  package let system: TimerSystem
  /// What is done when the run before has not ended.
  package let overlap: Overlap
  /// Each run is put off by a part of this, in seconds.
  package let randomizedDelay: Int64
  /// When the job was installed, in seconds since 1970.
  package let installed: Int64
  /// Where the command runs, so that relative paths mean what they meant when the job was installed.
  package let directory: [UInt8]
  /// `NAME=VALUE`: variables that were set for firn when the job was installed.
  package let variables: [[UInt8]]
  /// The command after `firn`.
  package let arguments: [[UInt8]]

  /// - Throws: an error when a text holds a line feed or NUL, which neither this file nor any timer can carry, or when
  ///   the calendar is for another system.
  package init(
    name: JobName, on calendarText: String, system: TimerSystem, overlap: Overlap, randomizedDelay: Int64,
    installed: Int64, directory: [UInt8], variables: [[UInt8]], arguments: [[UInt8]]
  ) throws(SchedulingError) {
    for text in [directory] + variables + arguments where text.contains(where: { $0 == 0x0A || $0 == 0 }) {
      throw SchedulingError("\"\(String(decoding: text, as: UTF8.self))\" has a line feed, which a job can't carry")
    }
    calendar = try Calendar(calendarText)
    if system == .cron, !calendar.isPortable {
      throw SchedulingError("\"\(calendarText)\" is not for cron; use \(Calendar.grammar)")
    }
    guard 0..<86_400 ~= randomizedDelay else { throw SchedulingError("the random delay must be less than a day") }
    self.name = name
    self.calendarText = calendarText
    self.system = system
    self.overlap = overlap
    self.randomizedDelay = randomizedDelay
    self.installed = installed
    self.directory = directory
    self.variables = variables
    self.arguments = arguments
  }

  /// Refuses a delay that would put runs off beyond the next one, so that some never start.
  package func checkDelay() throws(SchedulingError) {
    if case .interval(let minutes) = calendar, randomizedDelay >= Int64(minutes) * 60 {
      throw SchedulingError("the random delay must be shorter than the time between two runs")
    }
  }

  /// When runs are due. systemd puts them off by itself.
  package func dueRule(host: String, _ clock: LocalClock) -> DueRule {
    DueRule(calendar, longestDelay: system == .cron ? randomizedDelay : 0, seed: "\(name)@\(host)", clock)
  }

  /// The time until which runs that became due were left out, since the last one was going.
  package func leftOutUntil(_ lastRun: RunRecord?) -> Int64? { overlap == .skip ? lastRun?.end?.time : nil }
}

/// What starts the runs of a job.
package enum TimerSystem: Hashable, Sendable {
  case cron
  /// A timer and a service in a directory.
  case systemd(SystemdScope, unitDirectory: [UInt8])

  /// The name on the command line and in files.
  package var name: String {
    switch self {
    case .cron: "cron"
    case .systemd(let scope, _): scope == .user ? "systemd-user" : "systemd"
    }
  }
}

/// Whose manager a unit is for.
package enum SystemdScope: Hashable, Sendable { case system, user }

/// What a run does that finds another run of the same job.
package enum Overlap: String, Hashable, Sendable, CaseIterable { case skip, wait }
