public import Format

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
      let newestFirst = members.sorted { $1.precedes($0) }
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
