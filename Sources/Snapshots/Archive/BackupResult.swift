public import Format

/// What a backup did.
public struct BackupResult: Sendable {
  /// The snapshot; nil after a dry run, and if it was skipped.
  public let snapshot: Snapshot?
  /// The earlier one for which it was skipped.
  public let identical: SnapshotID?
  /// Its numbers.
  public let statistics: SnapshotStatistics
  /// Files taken from the parent unread.
  public let unchangedFiles: UInt64
  /// What is wrong with earlier snapshots that can't be read; it takes nothing from this one.
  public let unreadableSnapshots: [String]
}

/// Something that could not be backed up, or not cleanly; the rest was.
public struct BackupProblem: Sendable {
  /// The path, raw.
  public let path: [UInt8]
  /// What happened, for a person.
  public let message: String
}
