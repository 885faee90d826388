/// What clocks on the wall show. All times are seconds since 1970.
package struct LocalClock: Sendable {
  /// How many seconds the clocks are ahead of UTC at a time in UTC.
  package let offset: @Sendable (Int64) -> Int64

  package init(offset: @escaping @Sendable (Int64) -> Int64) { self.offset = offset }

  /// What the clocks show at `time`, as if that were UTC.
  func reading(at time: Int64) -> Int64 { time + offset(time) }

  /// The first time at which the clocks show `reading` or later.
  ///
  /// So of two times with the same reading it is the first, and for a reading that is skipped it is the moment when the
  /// clocks are put forward. The clocks may change once in the 26 hours before.
  func firstTime(showing reading: Int64) -> Int64 {
    var before = reading - 26 * 3600
    let offsetBefore = offset(before)
    var after = reading - offsetBefore
    guard offset(after) != offsetBefore else { return after }
    // The clocks change between the two: find the second.
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if offset(middle) == offsetBefore { before = middle } else { after = middle }
    }
    return max(after, reading - offset(after))
  }
}
