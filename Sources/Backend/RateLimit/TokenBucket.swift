import Synchronization

/// Lets bytes pass at a rate, whichever thread they come from: in any stretch of time no more than the rate allows, and one
/// burst.
///
/// Threads take their turns in the order in which they ask. The lock is held for a few instructions, never while one waits.
package final class TokenBucket: Sendable {
  /// What may pass at once after a pause, and how much is handed over at a time, in bytes: what moves in a quarter of a
  /// second, so that a network neither sees long bursts nor pays for a round trip each few kilobytes; at least one block.
  package let burst: Int

  private static let leastBurst = 4 << 10

  private let rate: TransferRate
  private let clock: RateClock
  /// When all that was let pass until now will be due at the rate.
  private let paidUntil: Mutex<ContinuousClock.Instant>

  /// A full bucket.
  package init(_ rate: TransferRate, clock: RateClock) {
    // No more than 2^38, as rates are bounded.
    burst = max(Self.leastBurst, Int(rate.bytesPerSecond / 4))
    self.rate = rate
    self.clock = clock
    paidUntil = Mutex(clock.now() - rate.duration(of: burst))
  }

  /// Hands over `count` bytes in pieces of at most a burst, each as a range of them, when its time has come. Nothing is one
  /// empty piece, which waits for nobody.
  package func pass(
    _ count: Int, _ body: (Range<Int>) throws(BackendError) -> Void
  ) throws(BackendError) {
    var start = 0
    repeat {
      let end = start + min(burst, count - start)
      if end > start { take(end - start) }
      try body(start..<end)
      start = end
    } while start < count
  }

  /// Returns when so many bytes may pass, a burst at most.
  private func take(_ count: Int) {
    let now = clock.now()
    // What was not used in a pause is saved up as far as the bucket is large.
    let full = now - rate.duration(of: burst)
    let due = paidUntil.withLock { paidUntil in
      paidUntil = max(paidUntil, full) + rate.duration(of: count)
      return paidUntil
    }
    if due > now { clock.sleep(due) }
  }
}
