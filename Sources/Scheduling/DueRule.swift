/// Decides whether a run of a job is due. Seconds since 1970.
package struct DueRule: Sendable {
  /// A job that has not started so long after it was due is overdue, in seconds.
  package static let grace: Int64 = 3600

  let calendar: Calendar
  /// A slot's run is put off by some part of this, in seconds: the same part for everybody who asks.
  let longestDelay: Int64
  /// What makes one job's delays differ from another's.
  let seed: [UInt8]
  let clock: LocalClock

  package init(_ calendar: Calendar, longestDelay: Int64 = 0, seed: String = "", _ clock: LocalClock) {
    self.calendar = calendar
    self.longestDelay = longestDelay
    self.seed = Array(seed.utf8)
    self.clock = clock
  }

  /// Whether a slot has come since the last start and since the job was installed.
  ///
  /// However many slots were missed, one start makes up for all of them. A time that is later than now comes from a clock
  /// that was wrong and counts for nothing. False for calendars that only systemd knows.
  ///
  /// - Parameter leftOutUntil: slots whose delay was over by then are no reason for a run.
  package func isDue(at now: Int64, lastStart: Int64?, installed: Int64, leftOutUntil: Int64? = nil) -> Bool {
    guard let slot = slotThatHasCome(at: now), !isLeftOut(slot, leftOutUntil, notAfter: now) else { return false }
    return latest(lastStart, installed, notAfter: now).map { slot > $0 } ?? true
  }

  /// Whether a run has been due for too long.
  ///
  /// - Parameter delay: how much longer than an hour a start may take, in seconds.
  package func isOverdue(
    at now: Int64, allowing delay: Int64 = 0, lastStart: Int64?, installed: Int64, leftOutUntil: Int64? = nil
  ) -> Bool {
    let slot = calendar.lastSlot(notAfter: now - Self.grace - delay, clock)
    guard let slot, let known = latest(lastStart, installed, notAfter: now) else { return false }
    return slot > known && !isLeftOut(slot, leftOutUntil, notAfter: now)
  }

  /// When the next run will be due: now, if it is already.
  package func nextStart(at now: Int64, lastStart: Int64?, installed: Int64, leftOutUntil: Int64? = nil) -> Int64? {
    if isDue(at: now, lastStart: lastStart, installed: installed, leftOutUntil: leftOutUntil) { return now }
    // A slot that is put off may have passed.
    var slot = calendar.nextSlot(after: now - longestDelay, clock)
    while let candidate = slot, candidate + delay(of: candidate) <= now {
      slot = calendar.nextSlot(after: candidate, clock)
    }
    return slot.map { $0 + delay(of: $0) }
  }

  private func isLeftOut(_ slot: Int64, _ end: Int64?, notAfter now: Int64) -> Bool {
    end.map { $0 <= now && slot + delay(of: slot) <= $0 } ?? false
  }

  private func latest(_ lastStart: Int64?, _ installed: Int64, notAfter now: Int64) -> Int64? {
    [lastStart, installed].compactMap { $0 }.filter { $0 <= now }.max()
  }

  /// The newest slot whose delay is over.
  private func slotThatHasCome(at now: Int64) -> Int64? {
    var slot = calendar.lastSlot(notAfter: now, clock)
    while let candidate = slot, candidate + delay(of: candidate) > now {
      slot = calendar.lastSlot(notAfter: candidate - 1, clock)
    }
    return slot
  }

  /// FNV-1a of the job and the slot, from 0 to the longest delay.
  private func delay(of slot: Int64) -> Int64 {
    guard longestDelay > 0 else { return 0 }
    let bytes = seed + withUnsafeBytes(of: slot.littleEndian) { Array($0) }
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    // The low bits of this hash are the weaker ones.
    return Int64((hash >> 16) % UInt64(longestDelay + 1))
  }
}
