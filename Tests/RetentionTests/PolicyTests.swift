import Glibc
import Format
import Retention
import Testing

@Suite("Retention policy")
struct PolicyTests {
  private let berlin = TestZone.berlin

  /// Snapshots at 12:00 on days before 2026-11-24, numbered by how many days before.
  private func daily(_ days: some Sequence<Int32>) -> [RetentionCandidate] {
    days.map { candidate(UInt64($0), at: berlin.seconds(2026, 11, 24 - $0, 12)) }
  }

  @Test("the newest so many are kept, however far apart")
  func last() throws {
    let policy = RetentionPolicy { $0.last = .atMost(2) }
    #expect(
      try policy.reasons(daily([0, 5, 300])) == [0: ["last 1 of 2"], 5: ["last 2 of 2"], 300: []])
  }

  @Test("days without a snapshot don't count")
  func daysWithSnapshots() throws {
    let policy = RetentionPolicy { $0.periodic[.daily] = .atMost(3) }
    #expect(try policy.kept(daily([0, 1, 40, 41, 90])) == [0, 1, 40])
  }

  @Test("the oldest is kept while the count lasts, and goes when it doesn't")
  func oldest() throws {
    let policy = RetentionPolicy { $0.periodic[.monthly] = .atMost(3) }
    let reasons = try policy.reasons(daily([0, 10, 24, 30, 50]))
    #expect(reasons[0] == ["monthly 1 of 3"])
    #expect(reasons[10] == [])
    #expect(reasons[24] == ["monthly 2 of 3"])
    // October's newest is day 24, so day 50, the 5th of October, is there as the oldest.
    #expect(reasons[50] == ["oldest monthly 3 of 3"])
    #expect(try policy.kept(daily([0, 10, 24, 55, 57])) == [0, 24, 55])
  }

  @Test("rules add up, and each is told")
  func union() throws {
    let policy = RetentionPolicy {
      $0.last = .atMost(1)
      $0.periodic[.weekly] = .unlimited
      $0.within = CalendarDuration("1d")
      $0.tagSets = [["x", "y"]]
    }
    var all = daily([0, 1, 2])
    all[2].tags = ["y", "z", "x"]
    let reasons = try policy.reasons(all)
    #expect(reasons[0] == ["last 1 of 1", "within 1d", "weekly 1"])
    #expect(reasons[1] == ["within 1d"])
    // The 22nd was a Sunday.
    #expect(reasons[2] == ["tag x,y", "weekly 2"])
  }

  @Test("weeks are those of ISO 8601, across the turn of the year")
  func weeks() throws {
    let policy = RetentionPolicy { $0.periodic[.weekly] = .unlimited }
    // 2024-12-30, a Monday, to 2025-01-05 are week 1 of 2025.
    let days: [(UInt64, Int32, Int32, Int32)] = [
      (1, 2024, 12, 29), (2, 2024, 12, 30), (3, 2025, 1, 1), (4, 2025, 1, 5), (5, 2025, 1, 6),
    ]
    #expect(try policy.kept(days.map { candidate($0.0, at: berlin.seconds($0.1, $0.2, $0.3, 23)) }) == [1, 4, 5])
  }

  @Test("quarters and years are those of the calendar")
  func quarters() throws {
    let days: [(UInt64, Int32, Int32, Int32)] = [
      (1, 2025, 9, 30), (2, 2025, 10, 1), (3, 2025, 12, 31), (4, 2026, 1, 1), (5, 2026, 3, 31),
    ]
    let all = days.map { candidate($0.0, at: berlin.seconds($0.1, $0.2, $0.3, 0, 30)) }
    #expect(try RetentionPolicy { $0.periodic[.quarterly] = .atMost(3) }.kept(all) == [1, 3, 5])
    #expect(try RetentionPolicy { $0.periodic[.yearly] = .atMost(1) }.kept(all) == [5])
  }

  @Test("a day on which the clocks change is one day; an hour that is repeated is two")
  func clockChanges() throws {
    let autumn = berlin.seconds(2026, 10, 25)
    let hours = (0..<25).map { candidate(UInt64($0), at: autumn + Int64($0) * 3600) }
    #expect(berlin.local(autumn + 25 * 3600).tm_mday == 26)
    #expect(try RetentionPolicy { $0.periodic[.daily] = .unlimited }.kept(hours) == [0, 24])
    #expect(try RetentionPolicy { $0.periodic[.hourly] = .unlimited }.kept(hours).count == 25)

    let spring = berlin.seconds(2026, 3, 29)
    let short = (0..<24).map { candidate(UInt64($0), at: spring + Int64($0) * 3600) }
    #expect(berlin.local(spring + 23 * 3600).tm_mday == 30)
    #expect(try RetentionPolicy { $0.periodic[.daily] = .atMost(1) }.reasons(short)[23] == ["daily 1 of 1"])
    #expect(try RetentionPolicy { $0.periodic[.daily] = .atMost(2) }.kept(short) == [22, 23])
  }

  @Test("days back are days of the calendar, hours back are hours")
  func withinClockChanges() throws {
    // The 25th of October 2026 has 25 hours.
    let noon = berlin.seconds(2026, 10, 25, 12)
    let all = [candidate(0, at: noon), candidate(1, at: noon - 25 * 3600), candidate(2, at: noon - 25 * 3600 - 1)]
    #expect(try RetentionPolicy { $0.within = CalendarDuration("1d") }.kept(all) == [0, 1])
    #expect(try RetentionPolicy { $0.within = CalendarDuration("24h") }.kept(all) == [0])
  }

  @Test("a year before the 29th of February is the 28th")
  func leapDay() throws {
    let policy = RetentionPolicy { $0.within = CalendarDuration("1y") }
    let all = [
      candidate(0, at: berlin.seconds(2024, 2, 29, 12)), candidate(1, at: berlin.seconds(2023, 2, 28, 12)),
      candidate(2, at: berlin.seconds(2023, 2, 28, 11, 59)),
    ]
    #expect(try policy.kept(all) == [0, 1])
    #expect(
      try RetentionPolicy { $0.within = CalendarDuration("4y") }.kept([
        candidate(0, at: berlin.seconds(2028, 2, 29)), candidate(1, at: berlin.seconds(2024, 2, 29)),
        candidate(2, at: berlin.seconds(2024, 2, 28, 23)),
      ]) == [0, 1])
  }

  @Test("a reach starts from the newest snapshot, so what is no longer backed up isn't eaten up")
  func reachOfOldHistory() throws {
    let policy = RetentionPolicy { $0.periodicWithin[.weekly] = CalendarDuration("1m") }
    let now = berlin.seconds(2030, 1, 1)
    let reasons = try policy.reasons(daily([0, 1, 2, 9, 30, 31, 32]), now: now)
    #expect(reasons.filter { !$0.value.isEmpty }.keys.sorted() == [0, 2, 9, 30])
    #expect(reasons[2] == ["weekly within 1m"])
    #expect(reasons[30] == ["weekly within 1m"])
    #expect(try policy.reasons(daily([0, 1]), now: now) == [0: ["weekly within 1m"], 1: ["oldest weekly within 1m"]])
  }

  @Test("pinned snapshots stay under every policy")
  func pinned() throws {
    var all = daily([0, 1, 2])
    all[2].isPinned = true
    #expect(try RetentionPolicy { $0.last = .atMost(1) }.reasons(all)[2] == ["pinned"])
    #expect(try RetentionPolicy().kept(all) == [2])
  }

  @Test("what is dated in the future stays and takes nobody's place")
  func future() throws {
    let now = berlin.seconds(2026, 11, 24, 12)
    let planted = (1...5).map { candidate(100 + UInt64($0), at: now + 601 + Int64($0)) }
    let policy = RetentionPolicy {
      $0.last = .atMost(2)
      $0.within = CalendarDuration("1d")
      $0.usesSlots = true
    }
    let plain = try policy.reasons(daily(0...20), now: now)
    let reasons = try policy.reasons(daily(0...20) + planted, now: now)
    for planted in planted { #expect(reasons[planted.id.low] == ["future date"]) }
    #expect(reasons.filter { $0.key < 100 } == plain)
    // A clock that is a little ahead is none.
    #expect(try policy.reasons([candidate(1, at: now + 600)], now: now)[1]?.contains("last 1 of 2") == true)
  }

  @Test("snapshots of another host, or of other paths, take nobody's place")
  func groups() throws {
    let policy = RetentionPolicy { $0.periodic[.daily] = .atMost(3) }
    let own = daily(0...9)
    let planted = (0..<50).map {
      candidate(1000 + UInt64($0), at: own[0].time.seconds - Int64($0), host: $0 % 2 == 0 ? "evil" : "h", paths: ["/x"])
    }
    #expect(try policy.kept(own + planted).filter { $0 < 1000 } == [0, 1, 2])
    #expect(try policy.reasons(own + planted, groupedBy: [])[2] == ["daily 3 of 3"])
  }

  @Test("the order of paths doesn't matter, their bytes do")
  func groupIdentity() throws {
    let composed = candidate(1, at: 1, paths: ["/a", "/\u{E9}"])
    let reordered = candidate(2, at: 2, paths: ["/\u{E9}", "/a"])
    let decomposed = candidate(3, at: 3, paths: ["/a", "/e\u{301}"])
    let groups = try RetentionPolicy { $0.last = .atMost(1) }.apply(
      to: [composed, reordered, decomposed], now: Timestamp(seconds: 10), calendar: berlin.calendar)
    #expect(groups.map { $0.decisions.map(\.candidate.id.low) } == [[3], [1, 2]])
    #expect(groups.map { $0.decisions.map(\.isKept) } == [[true], [false, true]])
  }

  @Test("a policy that keeps nothing is refused")
  func refusals() throws {
    let now = Timestamp(seconds: berlin.seconds(2026, 11, 24, 12))
    let zero = RetentionPolicy {
      $0.last = .atMost(0)
      $0.periodic[.daily] = .atMost(0)
      $0.within = CalendarDuration("0d")
    }
    for policy in [RetentionPolicy(), zero] {
      #expect(throws: RetentionError.emptyPolicy) {
        try policy.apply(to: daily([0]), now: now, calendar: berlin.calendar)
      }
    }
    var all = daily([0, 1])
    all[0].host = "other"
    all[0].tags = ["x"]
    let tagged = RetentionPolicy { $0.tagSets = [["x"]] }
    let error = #expect(throws: RetentionError.self) { try tagged.apply(to: all, now: now, calendar: berlin.calendar) }
    guard case .nothingKept(let group) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(group.host == "h")
    // Somebody's snapshot with a pin or a date in the future doesn't make up for it; with nothing to remove all is well.
    all[1].isPinned = true
    let future = candidate(9, at: now.seconds + 90_000)
    _ = try tagged.apply(to: all + [future], now: now, calendar: berlin.calendar)
    #expect(throws: RetentionError.self) {
      try tagged.apply(to: all + [future] + daily([2]), now: now, calendar: berlin.calendar)
    }
  }

  @Test("times beyond any calendar are judged without a crash")
  func extremes() throws {
    let all = [Int64.min, -1, 0, Int64.max].enumerated().map { candidate(UInt64($0.offset), at: $0.element) }
    let policy = RetentionPolicy {
      for period in CalendarPeriod.allCases { $0.periodic[period] = .unlimited }
      $0.within = CalendarDuration("999999y999999m999999d999999h")
      $0.usesSlots = true
    }
    for now in [Int64.min, 0, .max] { _ = try policy.reasons(all, now: now) }
  }
}
