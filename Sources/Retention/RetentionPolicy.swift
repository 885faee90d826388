/// Which snapshots are worth keeping. A snapshot is kept if any rule keeps it; the rules count within a group.
///
/// Two kinds of snapshots are always kept: pinned ones, and those dated in the future, which no rule looks at.
public struct RetentionPolicy: Hashable, Sendable {
  /// The newest so many.
  public var last = KeepCount.none
  /// Of the newest so many periods that have any snapshot, each one's newest. While the count lasts, the oldest of all
  /// snapshots too.
  public var periodic: [CalendarPeriod: KeepCount] = [:]
  /// Those not older than that before the group's newest.
  public var within: CalendarDuration?
  /// As `periodic`, among those not older than that before the group's newest.
  public var periodicWithin: [CalendarPeriod: CalendarDuration] = [:]
  /// Those that have all tags of any of these sets.
  public var tagSets: [[String]] = []
  /// Those that fill a `BackupSlot`.
  public var usesSlots = false

  /// A policy without rules.
  public init() {}

  /// Whether it has no rule.
  public var isEmpty: Bool {
    last == .none && periodic.values.allSatisfy { $0 == .none } && within?.isZero ?? true
      && periodicWithin.values.allSatisfy(\.isZero) && tagSets.isEmpty && !usesSlots
  }
}
