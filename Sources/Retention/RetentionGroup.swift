import Format

/// What a policy says of one snapshot.
public struct RetentionDecision: Hashable, Sendable {
  /// The snapshot.
  public let candidate: RetentionCandidate
  /// The rules that keep it; none if it is to be removed.
  public let reasons: [KeepReason]

  /// Whether any rule keeps it.
  public var isKept: Bool { !reasons.isEmpty }

  /// Whether it is kept by more than a pin or its date in the future.
  var isKeptByRule: Bool { reasons.contains { $0 != .pinned && $0 != .futureDate } }
}

/// Snapshots among which a policy counts, and what it says of each.
public struct RetentionGroup: Hashable, Sendable {
  /// The host of all of them; nil where groups don't differ by host.
  public let host: String?
  /// The paths of all of them; nil where groups don't differ by paths.
  public let paths: [String]?
  /// The tags of all of them; nil where groups don't differ by tags.
  public let tags: [String]?
  /// By ascending time; equal times by id.
  public let decisions: [RetentionDecision]

  init(host: String?, paths: [String]?, tags: [String]?, decisions: [RetentionDecision]) {
    self.host = host
    self.paths = paths
    self.tags = tags
    self.decisions = decisions
  }

  /// A group of snapshots that are to be removed whatever the rules are.
  public init(removing candidates: [RetentionCandidate]) {
    self.init(
      host: nil, paths: nil, tags: nil,
      decisions: candidates.sorted { $0.precedes($1) }.map {
        RetentionDecision(candidate: $0, reasons: [])
      })
  }
}
