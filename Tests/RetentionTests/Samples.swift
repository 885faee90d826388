import Format
import Retention

/// A candidate; the id is made of `number`.
func candidate(
  _ number: UInt64, at seconds: Int64, host: String = "h", paths: [String] = ["/p"], tags: [String] = [],
  isPinned: Bool = false
) -> RetentionCandidate {
  RetentionCandidate(
    id: SnapshotID(high: 0, low: number), time: Timestamp(seconds: seconds), host: host, paths: paths, tags: tags,
    isPinned: isPinned)
}

extension RetentionPolicy {
  init(_ change: (inout RetentionPolicy) -> Void) {
    self.init()
    change(&self)
  }

  /// What keeps each candidate, by its number.
  func reasons(
    _ candidates: [RetentionCandidate], _ zone: TestZone = .berlin, now: Int64? = nil,
    groupedBy fields: GroupFields = [.host, .paths]
  ) throws -> [UInt64: [String]] {
    let now = now ?? candidates.map(\.time.seconds).max() ?? 0
    let groups = try apply(
      to: candidates, groupedBy: fields, now: Timestamp(seconds: now), calendar: zone.calendar, mayRemoveAll: true)
    let pairs = groups.flatMap(\.decisions).map { ($0.candidate.id.low, $0.reasons.map(\.description)) }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  /// The numbers of the candidates that are kept.
  func kept(_ candidates: [RetentionCandidate], _ zone: TestZone = .berlin, now: Int64? = nil) throws -> [UInt64] {
    try reasons(candidates, zone, now: now).filter { !$0.value.isEmpty }.keys.sorted()
  }
}
