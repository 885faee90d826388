public import Backend
import Synchronization

/// A clock that stands still unless somebody sleeps: then it is at once as late as he wanted to wait.
public final class VirtualClock: Sendable {
  private let start: ContinuousClock.Instant
  private let time: Mutex<ContinuousClock.Instant>

  /// A clock that shows some time.
  public init() {
    start = .now
    time = Mutex(start)
  }

  /// How long ago the clock was made, by its own time.
  public var elapsed: Duration { time.withLock { $0 } - start }

  /// Lets time go by.
  public func advance(by duration: Duration) { time.withLock { $0 += duration } }

  /// The clock for what is tested.
  public var rateClock: RateClock {
    RateClock(
      now: { self.time.withLock { $0 } },
      sleep: { deadline in self.time.withLock { $0 = max($0, deadline) } })
  }
}
