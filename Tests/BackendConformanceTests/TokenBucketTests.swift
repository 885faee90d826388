import Backend
import BackendTestSupport
import Synchronization
import TestSupport
import Testing

@Suite("A token bucket")
struct TokenBucketTests {
  let clock = VirtualClock()

  private func bucket(_ bytesPerSecond: UInt64) throws -> TokenBucket {
    TokenBucket(try #require(TransferRate(bytesPerSecond: bytesPerSecond)), clock: clock.rateClock)
  }

  @Test("lets a quarter of a second's bytes pass at once, and what follows at the rate")
  func keepsTheRate() throws {
    let bucket = try bucket(1 << 20)
    try bucket.pass(256 << 10) { _ in }
    #expect(clock.elapsed == .zero)
    try bucket.pass(1 << 10) { _ in }
    #expect(clock.elapsed == .seconds(1) / 1024)
    try bucket.pass(10_239 << 10) { _ in }
    #expect(clock.elapsed == .seconds(10))
  }

  @Test("hands over pieces that are a quarter of a second apart, in order and each when its time has come")
  func cutsIntoPieces() throws {
    let bucket = try bucket(400_000)
    var pieces: [Range<Int>] = []
    var times: [Duration] = []
    try bucket.pass(250_000) { piece in
      pieces.append(piece)
      times.append(clock.elapsed)
    }
    #expect(pieces == [0..<100_000, 100_000..<200_000, 200_000..<250_000])
    #expect(times == [.zero, .milliseconds(250), .milliseconds(375)])
  }

  @Test("hands over whole blocks where less than one moves in a quarter of a second")
  func keepsBlocksWhole() throws {
    let bucket = try bucket(1024)
    var pieces: [Range<Int>] = []
    try bucket.pass(5000) { pieces.append($0) }
    #expect(pieces == [0..<4096, 4096..<5000])
    #expect(clock.elapsed == .seconds(1) * (5000 - 4096) / 1024)
  }

  @Test("saves up no more than one burst while nothing passes")
  func savesUpOneBurst() throws {
    let bucket = try bucket(1 << 20)
    try bucket.pass(256 << 10) { _ in }
    clock.advance(by: .seconds(3600))
    try bucket.pass(512 << 10) { _ in }
    #expect(clock.elapsed == .seconds(3600) + .milliseconds(250))
  }

  @Test("has nobody wait who has nothing to move")
  func letsNothingPass() throws {
    let start = ContinuousClock.now
    let waits = Mutex(0)
    let rate = try #require(TransferRate(bytesPerSecond: 1 << 20))
    let bucket = TokenBucket(rate, clock: RateClock(now: { start }, sleep: { _ in waits.withLock { $0 += 1 } }))
    try bucket.pass(257 << 10) { _ in }
    #expect(waits.withLock { $0 } == 1, "the bucket is in debt")
    var pieces: [Range<Int>] = []
    try bucket.pass(0) { pieces.append($0) }
    #expect(pieces == [0..<0])
    #expect(waits.withLock { $0 } == 1)
  }

  @Test(
    "moves no more in any stretch of time than the rate allows and one burst", arguments: 1...20 as ClosedRange<UInt64>)
  func keepsTheRateOverEveryStretch(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let rate = UInt64.random(in: 1 << 10...8 << 20, using: &generator)
    let bucket = try bucket(rate)
    var log: [(time: Duration, count: Int)] = []
    for _ in 0..<60 {
      if generator.below(3) == 0 { clock.advance(by: .milliseconds(generator.below(1000))) }
      try bucket.pass(generator.below(3 * bucket.burst)) { log.append((clock.elapsed, $0.count)) }
    }
    // Times are whole attoseconds.
    let slack = Duration(secondsComponent: 0, attosecondsComponent: 1) * log.count
    var firstTooMany: Range<Int>?
    for first in log.indices {
      var moved = 0
      for last in first..<log.count {
        moved += log[last].count
        let time = log[last].time - log[first].time + slack
        if .seconds(1) * (moved - bucket.burst) / rate > time { firstTooMany = firstTooMany ?? first..<last + 1 }
      }
    }
    #expect(firstTooMany == nil, "seed \(seed), rate \(rate)")
    #expect(log.count > 60, "seed \(seed)")
  }

  @Test("gives all threads together the rate of one")
  func isSharedByThreads() throws {
    let bucket = try bucket(1 << 20)
    let moved = Atomic(0)
    let failures = onThreads(8) { _ in
      Result { () throws(BackendError) in
        for _ in 0..<32 {
          try bucket.pass(100 << 10) { piece in _ = moved.add(piece.count, ordering: .relaxed) }
        }
      }
    }
    for failure in failures { try failure.get() }
    #expect(moved.load(ordering: .relaxed) == 8 * 32 * 100 << 10)
    // 25 MiB, of which a quarter of one was free.
    #expect(clock.elapsed == .milliseconds(24_750))
  }

  @Test("keeps nobody from asking while somebody waits")
  func sleepsWithoutTheLock() throws {
    let start = ContinuousClock.now
    let other = Mutex<TokenBucket?>(nil)
    let deadlines = Mutex<[ContinuousClock.Instant]>([])
    let clock = RateClock(now: { start }) { deadline in
      deadlines.withLock { $0.append(deadline) }
      // Somebody asks while the first one sleeps; with the lock held the process would end here.
      if let bucket = other.withLock({ $0.take() }) { try? bucket.pass(1024) { _ in } }
    }
    let bucket = TokenBucket(try #require(TransferRate(bytesPerSecond: 1 << 20)), clock: clock)
    other.withLock { $0 = bucket }
    try bucket.pass(257 << 10) { _ in }
    #expect(deadlines.withLock { $0 } == [start + .seconds(1) / 1024, start + .seconds(2) / 1024])
  }

  @Test("stops at the first piece that fails")
  func stopsAtFailure() throws {
    let bucket = try bucket(1 << 20)
    var pieces = 0
    expect(.io) { () throws(BackendError) in
      try bucket.pass(10 << 20) { (_) throws(BackendError) in
        pieces += 1
        if pieces == 2 { throw BackendError(code: .io, message: "broken") }
      }
    }
    #expect(pieces == 2)
    #expect(clock.elapsed == .milliseconds(250))
  }

  @Test("has no rate that is none in practice", arguments: [0, 1, 1023, 1 << 40 + 1, .max] as [UInt64])
  func refusesAbsurdRates(bytesPerSecond: UInt64) {
    #expect(TransferRate(bytesPerSecond: bytesPerSecond) == nil)
  }

  @Test(
    "has rates to both ends of their range", arguments: [TransferRate.range.lowerBound, TransferRate.range.upperBound])
  func takesExtremeRates(bytesPerSecond: UInt64) throws {
    let bucket = try bucket(bytesPerSecond)
    try bucket.pass(3 * bucket.burst) { _ in }
    #expect(clock.elapsed == .seconds(1) * (2 * bucket.burst) / bytesPerSecond)
  }
}
