public import Format

/// What a prune or a repair needs to know of the time and of other processes. Nothing depends on it but how long is waited.
public struct SessionWatch: Sendable {
  /// The time.
  public var now: @Sendable () -> Timestamp
  /// Waits.
  public var pause: @Sendable (Duration) -> Void
  /// Whether a session is known to have ended without removing its intent.
  public var isDead: @Sendable (Intent) -> Bool

  /// A watch.
  public init(
    now: @escaping @Sendable () -> Timestamp, pause: @escaping @Sendable (Duration) -> Void,
    isDead: @escaping @Sendable (Intent) -> Bool
  ) {
    self.now = now
    self.pause = pause
    self.isDead = isDead
  }
}
