import Format

/// The places of the slot scheme, as hosted backup services have them. Each holds one snapshot of a group at most.
///
/// Who takes a snapshot every day keeps four: of today, of the beginning of this week, of the beginning of last week, and the one
/// that was last taken by hand. Applying the scheme again, or only now and then, leaves the same ones.
public enum BackupSlot: String, Hashable, Sendable, CaseIterable {
  /// The newest automatic snapshot: today's, or yesterday's until today's is there.
  case daily
  /// The first automatic snapshot of the newest week that has one.
  case weekly
  /// The first automatic snapshot of the week before; of the last one that has any.
  case biweekly
  /// The newest snapshot that was taken by hand. Only the next one takes its place.
  case manual

  /// The tag of snapshots that are taken by hand. All others are automatic.
  public static let manualTag = "manual"

  /// Which of `candidates`, newest first, fills each slot that one fills.
  static func filled(
    from candidates: [RetentionCandidate], _ calendar: LocalCalendar
  ) -> [(slot: BackupSlot, index: Int)] {
    var filled: [(slot: BackupSlot, index: Int)] = []
    let isManual = candidates.map { $0.hasTags([manualTag]) }
    if let index = isManual.firstIndex(of: true) { filled.append((.manual, index)) }
    let automatic = candidates.indices.filter { !isManual[$0] }
    if let index = automatic.first { filled.append((.daily, index)) }
    let weeks = automatic.map { CalendarPeriod.weekly.number(of: candidates[$0].time, in: calendar) }
    // Going back, the first of a week is the last that is met.
    let firsts = automatic.indices.filter { $0 + 1 == automatic.count || weeks[$0 + 1] != weeks[$0] }
    for (slot, place) in zip([BackupSlot.weekly, .biweekly], firsts) { filled.append((slot, automatic[place])) }
    return filled
  }
}
