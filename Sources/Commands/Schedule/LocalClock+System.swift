import Scheduling

extension LocalClock {
  /// The clocks of this process's time zone.
  static let system = LocalClock(offset: LocalTime.utcOffset)
}
