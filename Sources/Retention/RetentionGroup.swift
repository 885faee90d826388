public import Format

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
      decisions: candidates.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.map {
        RetentionDecision(candidate: $0, reasons: [])
      })
  }
}

/// Why a policy was not applied.
public enum RetentionError: Error, Hashable, Sendable {
  /// It has no rule, so it would keep nothing.
  case emptyPolicy
  /// It would remove snapshots of a group and has no rule that keeps any: pins and dates in the future are none.
  case nothingKept(RetentionGroup)
}

extension RetentionPolicy {
  /// How far ahead a snapshot's clock may be, in seconds, before its date counts as one in the future.
  public static let futureTolerance: Int64 = 600

  /// What the policy says of each of the candidates.
  ///
  /// - Parameters:
  ///   - now: the present, which decides what is in the future and nothing else.
  ///   - mayRemoveAll: whether groups may be left without a snapshot.
  /// - Returns: the groups, by host, paths and tags.
  /// - Throws: unless `mayRemoveAll`, `.emptyPolicy` and `.nothingKept`.
  public func apply(
    to candidates: [RetentionCandidate], groupedBy fields: GroupFields = [.host, .paths], now: Timestamp,
    calendar: LocalCalendar, mayRemoveAll: Bool = false
  ) throws(RetentionError) -> [RetentionGroup] {
    guard !isEmpty || mayRemoveAll else { throw .emptyPolicy }
    var groups: [RetentionGroup] = []
    let members = Dictionary(grouping: candidates) { GroupKey($0, fields) }
    for (_, members) in members.sorted(by: { $0.key.precedes($1.key) }) {
      let newestFirst = members.sorted { ($0.time, $0.id) > ($1.time, $1.id) }
      let decisions = decisions(on: newestFirst, now: now, calendar)
      let group = RetentionGroup(
        host: fields.contains(.host) ? newestFirst[0].host : nil,
        paths: fields.contains(.paths) ? newestFirst[0].paths : nil,
        tags: fields.contains(.tags) ? newestFirst[0].tags : nil, decisions: decisions.reversed())
      guard mayRemoveAll || decisions.allSatisfy(\.isKept) || decisions.contains(where: \.isKeptByRule) else {
        throw .nothingKept(group)
      }
      groups.append(group)
    }
    return groups
  }

  private func decisions(
    on newestFirst: [RetentionCandidate], now: Timestamp, _ calendar: LocalCalendar
  ) -> [RetentionDecision] {
    let horizon = now.seconds.addingReportingOverflow(Self.futureTolerance)
    let limit = Timestamp(seconds: horizon.overflow ? .max : horizon.partialValue, nanoseconds: now.nanoseconds)
    let present = newestFirst.drop { $0.time > limit }
    var reasons = RuleEvaluation(policy: self, candidates: Array(present), calendar).reasons()
    reasons.insert(contentsOf: Array(repeating: [.futureDate], count: present.startIndex), at: 0)
    return zip(newestFirst, reasons).map { candidate, reasons in
      RetentionDecision(candidate: candidate, reasons: (candidate.isPinned ? [.pinned] : []) + reasons)
    }
  }
}
