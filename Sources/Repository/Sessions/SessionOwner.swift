public import Format

/// Who runs a session, for its intent.
public struct SessionOwner: Sendable {
  /// When the session began.
  public var time: Timestamp
  /// Where it runs.
  public var host: String
  /// As whom it runs.
  public var user: String
  /// Its process id on that host.
  public var process: Int64
  /// Name and version of the program.
  public var program: String

  /// An owner.
  public init(time: Timestamp, host: String, user: String, process: Int64, program: String) {
    self.time = time
    self.host = host
    self.user = user
    self.process = process
    self.program = program
  }

  func intent(_ task: Intent.Task, id: SnapshotID) -> Intent {
    Intent(id: id, task: task, time: time, host: host, user: user, process: process, program: program)
  }
}
