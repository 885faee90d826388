import Format
import Glibc
import Retention

/// What a policy means, said again one snapshot at a time: whether it is kept is found by looking at all others, with the
/// C library's calendar.
struct Oracle {
  struct Judged {
    let candidate: RetentionCandidate
    /// For each period, the name of the one it lies in.
    let labels: [String]

    func isNewer(than other: Judged) -> Bool {
      (candidate.time.seconds, candidate.id.low) > (other.candidate.time.seconds, other.candidate.id.low)
    }
  }

  let policy: RetentionPolicy
  let zone: TestZone
  /// One group, without what is in the future.
  let present: [Judged]
  /// The numbers of those that are the newest of their period.
  private let newest: [CalendarPeriod: Set<UInt64>]
  /// When what lies within each of the policy's durations begins.
  private var starts: [CalendarDuration: Int64] = [:]

  private init(_ policy: RetentionPolicy, _ zone: TestZone, _ present: [Judged]) {
    (self.policy, self.zone, self.present) = (policy, zone, present)
    let pairs = CalendarPeriod.allCases.enumerated().map { number, period in
      let newest = present.filter { one in
        !present.contains { $0.labels[number] == one.labels[number] && $0.isNewer(than: one) }
      }
      return (period, Set(newest.map(\.candidate.id.low)))
    }
    newest = Dictionary(uniqueKeysWithValues: pairs)
    guard let last = present.map(\.candidate.time.seconds).max() else { return }
    for duration in policy.periodicWithin.values + (policy.within.map { [$0] } ?? []) {
      starts[duration] = start(duration, last)
    }
  }

  /// What keeps each candidate of a group, by its number.
  static func reasons(
    _ group: [RetentionCandidate], _ policy: RetentionPolicy, _ zone: TestZone, now: Int64
  ) -> [UInt64: Set<String>] {
    let present = group.filter { $0.time.seconds - now <= 600 }.map { candidate in
      Judged(
        candidate: candidate,
        labels: CalendarPeriod.allCases.map { label($0, candidate.time.seconds, zone) })
    }
    let oracle = Oracle(policy, zone, present)
    var reasons: [UInt64: Set<String>] = [:]
    for candidate in group { reasons[candidate.id.low] = candidate.time.seconds - now > 600 ? ["future date"] : [] }
    for judged in present { reasons[judged.candidate.id.low] = oracle.reasons(judged) }
    for candidate in group where candidate.isPinned { reasons[candidate.id.low]?.insert("pinned") }
    return reasons
  }

  private func reasons(_ judged: Judged) -> Set<String> {
    var reasons: Set<String> = []
    for set in policy.tagSets where Set(set).isSubset(of: judged.candidate.tags) {
      reasons.insert("tag " + set.joined(separator: ","))
    }
    let newer = present.filter { $0.isNewer(than: judged) }
    if let text = place(newer.count, policy.last) { reasons.insert("last " + text) }
    if let duration = policy.within, isWithin(judged, duration) { reasons.insert("within \(duration)") }
    for period in CalendarPeriod.allCases {
      guard let name = title(judged, period) else { continue }
      let before = newer.filter { isNewest($0, of: period) }.count
      if let count = policy.periodic[period], let text = place(before, count) { reasons.insert("\(name) \(text)") }
      if let duration = policy.periodicWithin[period], isWithin(judged, duration) {
        reasons.insert("\(name) within \(duration)")
      }
    }
    return reasons
  }

  /// "daily" for a newest of its day, "oldest daily" for the oldest of all that is none; nil for others.
  private func title(_ judged: Judged, _ period: CalendarPeriod) -> String? {
    if isNewest(judged, of: period) { return "\(period)" }
    return present.contains { judged.isNewer(than: $0) } ? nil : "oldest \(period)"
  }

  private func isNewest(_ judged: Judged, of period: CalendarPeriod) -> Bool {
    newest[period]?.contains(judged.candidate.id.low) == true
  }

  private func place(_ before: Int, _ count: KeepCount) -> String? {
    switch count {
    case .unlimited: "\(before + 1)"
    case .atMost(let most): before < most ? "\(before + 1) of \(most)" : nil
    }
  }

  private func isWithin(_ judged: Judged, _ duration: CalendarDuration) -> Bool {
    guard let start = starts[duration], duration.years + duration.months + duration.days + duration.hours > 0 else {
      return false
    }
    return judged.candidate.time.seconds >= start
  }

  /// The beginning of what is within `duration` before `newest`.
  private func start(_ duration: CalendarDuration, _ newest: Int64) -> Int64 {
    let shown = zone.local(newest)
    // Of the days that the C library makes of the 31st, 30th and so on, the first that is still in the month.
    var day = tm()
    for late in (0...3).reversed() {
      day = tm()
      day.tm_year = shown.tm_year - Int32(duration.years)
      day.tm_mon = shown.tm_mon - Int32(duration.months)
      day.tm_mday = min(shown.tm_mday, 28 + Int32(late))
      var first = day
      first.tm_mday = 1
      timegm(&first)
      var landed = day
      timegm(&landed)
      if landed.tm_mon == first.tm_mon { break }
    }
    day.tm_mday -= Int32(duration.days)
    (day.tm_hour, day.tm_min, day.tm_sec) = (shown.tm_hour, shown.tm_min, shown.tm_sec)
    let reading = Int64(timegm(&day))
    let quarters = (-56...56).map { reading - $0 * 900 }
    let exact = quarters.filter { $0 + zone.offset(at: $0) == reading }.min()
    // In a gap, by the clock before it.
    return (exact ?? reading - min(zone.standard, zone.summer)) - Int64(duration.hours) * 3600
  }

  static func label(_ period: CalendarPeriod, _ seconds: Int64, _ zone: TestZone) -> String {
    var shown = zone.local(seconds)
    let format =
      switch period {
      case .hourly: "%Y-%m-%d %H"
      case .daily: "%Y-%m-%d"
      case .weekly: "%G-%V"
      case .monthly, .quarterly: "%Y-%m"
      case .yearly: "%Y"
      }
    var text = [CChar](repeating: 0, count: 40)
    let length = strftime(&text, text.count, format, &shown)
    var label = String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if period == .hourly { label += " \(zone.offset(at: seconds))" }
    if period == .quarterly { label = label.prefix(4) + " Q\(shown.tm_mon / 3)" }
    return label
  }
}
