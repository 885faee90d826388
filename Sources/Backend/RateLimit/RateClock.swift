/// What time it is, and waiting for a later one.
public struct RateClock: Sendable {
  /// The time, which never goes back.
  let now: @Sendable () -> ContinuousClock.Instant
  /// Waits until a time.
  let sleep: @Sendable (_ deadline: ContinuousClock.Instant) -> Void

  /// A clock.
  ///
  /// - Parameter sleep: blocks the calling thread until the deadline. It may return early, if the limit no longer counts.
  public init(
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    sleep: @escaping @Sendable (_ deadline: ContinuousClock.Instant) -> Void
  ) {
    self.now = now
    self.sleep = sleep
  }
}
