import Glibc

/// Measures processor time of one thread, so that others on the machine count less; the best of several rounds.
struct Meter {
  /// Tiny amounts, twice: shows that everything works.
  let isSmoke: Bool

  private static let rounds = 12
  private static let secondsPerRound = 0.03

  /// An amount of data, or little of it.
  func amount(_ full: Int, smoke: Int) -> Int { isSmoke ? smoke : full }

  /// How much a second of `body` does, if one call does `amount`.
  func rate(_ amount: Int, _ body: () throws -> Void) rethrows -> Double {
    // The first call warms caches up, the second tells how often to repeat it.
    try body()
    let once = try seconds(body)
    if isSmoke { return Double(amount) / max(once, 1e-9) }
    let repeats = max(1, Int(Self.secondsPerRound / max(once, 1e-9)))
    var best = Double.infinity
    for _ in 0..<Self.rounds {
      best = min(best, try seconds { for _ in 0..<repeats { try body() } })
    }
    return Double(amount * repeats) / best
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = Self.now
    try body()
    return Self.now - start
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A call of a C library that should not fail has.
struct RawFailure: Error {
  let call: String

  init(_ call: String) { self.call = call }

  static func check(_ succeeded: Bool, _ call: String) throws {
    if !succeeded { throw RawFailure(call) }
  }
}
