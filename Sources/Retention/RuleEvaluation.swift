import Format

/// A policy's rules on the candidates of one group, newest first, none of them in the future.
struct RuleEvaluation {
  let policy: RetentionPolicy
  let candidates: [RetentionCandidate]
  let calendar: LocalCalendar

  init(policy: RetentionPolicy, candidates: [RetentionCandidate], _ calendar: LocalCalendar) {
    self.policy = policy
    self.candidates = candidates
    self.calendar = calendar
  }

  /// The rules that keep each candidate, in the order of the candidates.
  func reasons() -> [[KeepReason]] {
    var reasons: [[KeepReason]] = Array(repeating: [], count: candidates.count)
    for tags in policy.tagSets {
      for index in candidates.indices where candidates[index].hasTags(tags) { reasons[index].append(.tags(tags)) }
    }
    for (place, index) in policy.last.first(of: Array(candidates.indices)).enumerated() {
      reasons[index].append(.last(place: place + 1, of: policy.last))
    }
    if let within = policy.within {
      for index in reaching(back: within) { reasons[index].append(.within(within)) }
    }
    for period in CalendarPeriod.allCases { apply(period, &reasons) }
    if policy.usesSlots {
      for (slot, index) in BackupSlot.filled(from: candidates, calendar) { reasons[index].append(.slot(slot)) }
    }
    return reasons
  }

  private func apply(_ period: CalendarPeriod, _ reasons: inout [[KeepReason]]) {
    let picks = policy.periodic[period] != nil || policy.periodicWithin[period] != nil ? picks(of: period) : []
    if let count = policy.periodic[period] {
      for (place, pick) in count.first(of: picks).enumerated() {
        reasons[pick.index].append(.periodic(period, place: place + 1, of: count, isOldest: pick.isOldest))
      }
    }
    if let duration = policy.periodicWithin[period] {
      let reach = reaching(back: duration)
      for pick in picks where reach.contains(pick.index) {
        reasons[pick.index].append(.periodicWithin(period, duration, isOldest: pick.isOldest))
      }
    }
  }

  /// The newest candidate of each period, and at the end the oldest of all if it isn't its period's newest: while the
  /// history is shorter than what a rule keeps, it begins where it began.
  private func picks(of period: CalendarPeriod) -> [(index: Int, isOldest: Bool)] {
    let numbers = candidates.map { period.number(of: $0.time, in: calendar) }
    var picks = numbers.indices.filter { $0 == 0 || numbers[$0 - 1] != numbers[$0] }.map { ($0, false) }
    if let oldest = numbers.indices.last, picks.last?.0 != oldest { picks.append((oldest, true)) }
    return picks
  }

  /// The candidates that are not older than `duration` before the newest.
  private func reaching(back duration: CalendarDuration) -> Range<Int> {
    guard let newest = candidates.first, !duration.isZero else { return 0..<0 }
    let start = calendar.time(duration, before: newest.time)
    return 0..<(candidates.firstIndex { $0.time < start } ?? candidates.count)
  }
}
