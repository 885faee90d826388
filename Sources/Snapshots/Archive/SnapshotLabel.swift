public import Format

/// How a snapshot is named and described.
public struct SnapshotLabel: Sendable {
  /// Where the backup runs: snapshots of one host follow one another.
  public var host: String
  /// As whom it runs.
  public var user: String
  /// The name of a configured job, or empty.
  public var job = ""
  /// A free label, or empty.
  public var label = ""
  /// Tags in any order; duplicates count once.
  public var tags: [String] = []
  /// Name and version of the writer.
  public var program: String
  /// When the backup began.
  public var time: Timestamp
  /// The process id on that host.
  public var process: Int64

  /// A label without tags, job or text.
  public init(host: String, user: String, program: String, time: Timestamp, process: Int64) {
    self.host = host
    self.user = user
    self.program = program
    self.time = time
    self.process = process
  }
}
