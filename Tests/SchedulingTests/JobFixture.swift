@testable import Scheduling

extension Job {
  /// A job with what a test is not about left out.
  static func sample(
    on calendar: String = "daily 02:30", system: TimerSystem = .cron, delay: Int64 = 0, variables: [[UInt8]] = [],
    arguments: [[UInt8]] = [Array("backup".utf8), Array("/etc".utf8)]
  ) throws -> Job {
    guard let name = JobName("nightly") else { throw SchedulingError("no name") }
    return try Job(
      name: name, on: calendar, system: system, overlap: .wait, randomizedDelay: delay, installed: 1_790_000_000,
      directory: Array("/root".utf8), variables: variables, arguments: arguments)
  }
}

extension TimerCommand {
  static func sample() throws -> TimerCommand {
    try TimerCommand(program: Array("/usr/bin/firn".utf8), stateDirectory: Array("/var/lib/firn".utf8))
  }
}
