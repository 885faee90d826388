/// A rule that keeps a snapshot.
public enum KeepReason: Hashable, Sendable {
  /// It is pinned.
  case pinned
  /// Its date is in the future: it can't be judged, and takes no other snapshot's place.
  case futureDate
  /// It has all tags of a set.
  case tags([String])
  /// It is the newest, second newest and so on of so many.
  case last(place: Int, of: KeepCount)
  /// It is not older than that before the newest.
  case within(CalendarDuration)
  /// It is the newest of its period, and its period one of so many; or the oldest of all, while the count lasts.
  case periodic(CalendarPeriod, place: Int, of: KeepCount, isOldest: Bool)
  /// As `periodic`, for all periods that reach back so far.
  case periodicWithin(CalendarPeriod, CalendarDuration, isOldest: Bool)
  /// It fills a slot.
  case slot(BackupSlot)
}

extension KeepReason: CustomStringConvertible {
  /// The rule in a few words, such as "daily 3 of 7".
  public var description: String {
    switch self {
    case .pinned: "pinned"
    case .futureDate: "future date"
    case .tags(let tags): "tag " + tags.joined(separator: ",")
    case .last(let place, let count): "last " + Self.text(place, count)
    case .within(let duration): "within \(duration)"
    case .periodic(let period, let place, let count, let isOldest):
      (isOldest ? "oldest " : "") + "\(period.rawValue) " + Self.text(place, count)
    case .periodicWithin(let period, let duration, let isOldest):
      (isOldest ? "oldest " : "") + "\(period.rawValue) within \(duration)"
    case .slot(let slot): "\(slot.rawValue) slot"
    }
  }

  private static func text(_ place: Int, _ count: KeepCount) -> String {
    switch count {
    case .atMost(let count): "\(place) of \(count)"
    case .unlimited: "\(place)"
    }
  }
}
