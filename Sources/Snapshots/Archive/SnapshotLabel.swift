public import Format
public import Repository

/// How a snapshot is named and described.
public struct SnapshotLabel: Sendable {
  /// The host that the snapshot names: snapshots of one host follow one another.
  public var host: String
  /// The user that the snapshot names.
  public var user: String
  /// The name of a configured job, or empty.
  public var job = ""
  /// A free label, or empty.
  public var label = ""
  /// Tags in any order; duplicates count once.
  public var tags: [String] = []
  /// Name and version of the writer.
  public var program: String
  /// The time that the snapshot names.
  public var time: Timestamp
  /// Who really runs the backup, where and since when, whatever the snapshot is to say. It is asked at each attempt.
  public var owner: @Sendable () -> SessionOwner

  /// A label without tags, job or text.
  public init(
    host: String, user: String, program: String, time: Timestamp, owner: @escaping @Sendable () -> SessionOwner
  ) {
    self.host = host
    self.user = user
    self.program = program
    self.time = time
    self.owner = owner
  }
}
