public import Format

/// What a retention policy knows of a snapshot.
public struct RetentionCandidate: Hashable, Sendable {
  /// The snapshot.
  public var id: SnapshotID
  /// When its backup began.
  public var time: Timestamp
  /// How many snapshots it came from by changes; of equal times the last one counts.
  public var revision: Int
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
    id: SnapshotID, time: Timestamp, revision: Int = 0, host: String, paths: [String], tags: [String] = [],
    isPinned: Bool = false
  ) {
    self.id = id
    self.time = time
    self.revision = revision
    self.host = host
    self.paths = paths
    self.tags = tags
    self.isPinned = isPinned
  }

  /// Whether it comes before another one: by time, then by revision, then by id.
  func precedes(_ other: RetentionCandidate) -> Bool {
    (time, revision, id) < (other.time, other.revision, other.id)
  }

  /// Whether it has all of `tags`, byte for byte.
  func hasTags(_ tags: [String]) -> Bool {
    tags.allSatisfy { tag in self.tags.containsBytes(of: tag) }
  }
}
