/// Measures how fast bytes go by, over the last seconds rather than since the start, so that it follows what
/// happens now.
struct RateMeter: Sendable {
  private static let window = Duration.seconds(10)
  private let start: Duration
  private var samples: [(time: Duration, bytes: UInt64)]

  init(start: Duration) {
    self.start = start
    samples = [(start, 0)]
  }

  /// Notes that `bytes` are done at `time`.
  mutating func add(_ bytes: UInt64, at time: Duration) {
    samples.append((time, bytes))
    // One sample from before the window stays, to measure from.
    let old = samples.prefix { time - $0.time > Self.window }.count
    samples.removeFirst(max(0, old - 1))
  }

  /// What the samples say about the work at `now`.
  func measure(_ status: ProgressStatus, at now: Duration) -> Measure {
    var rate: Double?
    if let first = samples.first, let last = samples.last, last.time > first.time, last.bytes >= first.bytes {
      rate = Double(last.bytes - first.bytes) / ((last.time - first.time) / .seconds(1))
    }
    var remaining: Duration?
    if let total = status.totalBytes, let rate, rate > 0, total >= status.bytes {
      // Beyond a year nobody can tell, and far beyond it doesn't fit.
      let seconds = Double(total - status.bytes) / rate
      remaining = seconds < 31_536_000 ? .seconds(seconds) : nil
    }
    return Measure(elapsed: now - start, rate: rate, remaining: remaining)
  }

  /// How the work does.
  struct Measure: Sendable {
    let elapsed: Duration
    /// Bytes a second; nil before two samples.
    let rate: Double?
    /// The time the rest takes at this rate; nil when that can't be told.
    let remaining: Duration?
  }
}
