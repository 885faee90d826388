public import Format

/// What a retention policy knows of a snapshot.
public struct RetentionCandidate: Hashable, Sendable {
  /// The snapshot.
  public var id: SnapshotID
  /// When its backup began.
  public var time: Timestamp
  /// Where it ran.
  public var host: String
  /// What was backed up.
  public var paths: [String]
  /// Its tags.
  public var tags: [String]
  /// Whether no policy may remove it.
  public var isPinned: Bool

  /// Makes a candidate.
  public init(
    id: SnapshotID, time: Timestamp, host: String, paths: [String], tags: [String] = [], isPinned: Bool = false
  ) {
    self.id = id
    self.time = time
    self.host = host
    self.paths = paths
    self.tags = tags
    self.isPinned = isPinned
  }

  /// Whether it has all of `tags`, byte for byte.
  func hasTags(_ tags: [String]) -> Bool {
    tags.allSatisfy { tag in self.tags.containsBytes(of: tag) }
  }
}
