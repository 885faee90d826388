import Format
import Testing

@testable import Scheduling

@Suite("Slots")
struct SlotTests {
  /// The slots in a range of time, as somebody finds them who looks at the clock on the wall every minute: the job runs
  /// when the clock first shows its time or, having been put forward, a later one; one look starts one run.
  private func watched(_ calendar: Calendar, _ clock: LocalClock, _ range: Range<Int64>) -> [Int64] {
    if case .interval(let minutes) = calendar {
      return stride(from: range.lowerBound, to: range.upperBound, by: 60).filter { $0 % Int64(minutes * 60) == 0 }
    }
    guard case .days(let days, let minute) = calendar else { return [] }
    var slots: [Int64] = []
    // The latest reading that was ever shown.
    var latest = clock.reading(at: range.lowerBound - 60)
    for time in stride(from: range.lowerBound, to: range.upperBound, by: 60) {
      let reading = clock.reading(at: time)
      guard reading > latest else { continue }
      // Were any of the job's times passed since the last look?
      let passed = stride(from: latest + 60, through: reading, by: 60).contains { passed in
        passed % 86_400 == Int64(minute) * 60 && isOn(days, passed / 86_400)
      }
      if passed { slots.append(time) }
      latest = reading
    }
    return slots
  }

  private func isOn(_ days: Calendar.Days, _ day: Int64) -> Bool {
    switch days {
    case .every: true
    case .weekday(let weekday): (day + 3) % 7 == Int64(weekday)
    case .ofMonth(let number): CivilDate(daysSince1970: day).day == Int64(number)
    }
  }

  @Test("are those that a watched clock shows, also when clocks are changed", arguments: Zone.all)
  func bruteForce(zone: Zone) throws {
    let texts = [
      "daily", "daily 00:30", "daily 01:45", "daily 02:00", "daily 02:15", "daily 02:30", "daily 03:00", "daily 22:30",
      "daily 23:30", "weekly sun 02:30", "weekly sat 23:30", "weekly fri 12:00", "monthly 1 00:00", "monthly 28 02:30",
      "hourly", "every 12h", "every 10m",
    ]
    for change in zone.changes.map(\.time) + [1_800_000_000] {
      for text in texts where !text.hasPrefix("every 10m") || change == 1_800_000_000 {
        let calendar = try Calendar(text)
        // So many days before and after that every weekday, and every day of a month, is met.
        let days: Int64 = text.hasPrefix("monthly") ? 18 : text.hasPrefix("weekly") ? 8 : 3
        let range = (change - days * 86_400) / 60 * 60..<(change + days * 86_400) / 60 * 60
        let expected = watched(calendar, zone.clock, range)
        var found: [Int64] = []
        var next = calendar.nextSlot(after: range.lowerBound - 1, zone.clock)
        while let slot = next, slot < range.upperBound {
          found.append(slot)
          next = calendar.nextSlot(after: slot, zone.clock)
        }
        #expect(found == expected, "\(text) in \(zone.name) around \(change)")
        for (slot, following) in zip(expected, expected.dropFirst()) {
          #expect(calendar.lastSlot(notAfter: slot, zone.clock) == slot)
          #expect(calendar.lastSlot(notAfter: following - 1, zone.clock) == slot, "\(text) in \(zone.name)")
        }
      }
    }
  }

  @Test("come before 1970 too")
  func longAgo() throws {
    let clock = Zone.utc.clock
    #expect(try Calendar("hourly").lastSlot(notAfter: -1, clock) == -3600)
    #expect(try Calendar("weekly").lastSlot(notAfter: 0, clock) == -3 * 86_400)
    #expect(try Calendar("monthly").nextSlot(after: -1, clock) == 0)
  }

  @Test("are unknown for expressions that only systemd reads")
  func systemd() throws {
    #expect(try Calendar("Mon..Fri 03:00").lastSlot(notAfter: 0, Zone.utc.clock) == nil)
    #expect(try Calendar("Mon..Fri 03:00").nextSlot(after: 0, Zone.utc.clock) == nil)
  }

  @Test(
    "of a systemd timer are met once each, within the hour",
    arguments: ["daily 02:30", "daily 02:00", "weekly sun 02:30", "daily 23:30", "monthly 28 02:15"])
  func timer(text: String) throws {
    let calendar = try Calendar(text)
    let clock = Zone.berlin.clock
    // A Sunday on which 02:30 is skipped, 28 March 2027, and one on which it comes twice, 25 October 2026.
    for change: Int64 in [1_806_195_600, 1_792_890_000] {
      let begin = change - 5 * 86_400
      let second = try #require(calendar.systemdSecondExpression)
      let elapses = try [calendar.systemdExpression, second].flatMap {
        try systemdTimes($0, from: begin, zone: "Europe/Berlin")
      }
      let end = begin + 20 * 86_400
      var starts: [Int64] = []
      for time in Set(elapses).sorted() where (calendar.lastSlot(notAfter: time, clock) ?? begin) < end {
        let rule = DueRule(calendar, clock)
        if rule.isDue(at: time, lastStart: starts.last, installed: begin) { starts.append(time) }
      }
      var slots: [Int64] = []
      var next = calendar.nextSlot(after: begin, clock)
      while let slot = next, slot < end {
        slots.append(slot)
        next = calendar.nextSlot(after: slot, clock)
      }
      #expect(starts.count == slots.count)
      for (start, slot) in zip(starts, slots) { #expect((0...3600).contains(start - slot), "\(text): \(slot)") }
    }
  }

  private func systemdTimes(_ expression: String, from begin: Int64, zone: String) throws -> [Int64] {
    let script = """
      TZ=\(zone) LC_ALL=C systemd-analyze calendar --base-time=@\(begin) --iterations=25 '\(expression)' \
      | sed -n 's/.*(in UTC): //p' | while read -r time; do date -d "$time" +%s; done
      """
    let times = shell(script).text.split(separator: "\n").compactMap { Int64($0) }
    try #require(times.count == 25, "\(expression)")
    return times
  }
}
