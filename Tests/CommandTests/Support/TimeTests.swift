import Glibc
import Testing

@testable import Commands

/// A zone with summer time, whatever files the machine has: it ends on 2026-10-25 and starts on 2026-03-29.
private let zone: Void = {
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1)
  tzset()
}()

@Suite("Times on the command line")
struct TimeTests {
  /// 2026-11-22 20:25:30 in the zone of the tests.
  private let now = Instant(seconds: 1_795_375_530, nanoseconds: 7)

  init() { zone }

  private func shown(_ text: String, now: Instant? = nil) -> String? {
    TimeArgument(text, now: now ?? self.now).map { Display.localTime($0.start) + " - " + Display.localTime($0.end) }
  }

  @Test("shows local time and UTC")
  func formats() {
    #expect(Display.localTime(now) == "2026-11-22 20:25:30")
    #expect(Display.rfc3339(now) == "2026-11-22T19:25:30.000000007Z")
    #expect(Display.rfc3339(Instant(seconds: -1)) == "1969-12-31T23:59:59Z")
    #expect(Display.localTime(Instant(seconds: .max)) == "@9223372036854775807")
  }

  @Test(
    "reads as long a time as the text is exact",
    arguments: [
      ("2026-11-22", "2026-11-22 00:00:00 - 2026-11-22 23:59:59"),
      ("2026-10-25", "2026-10-25 00:00:00 - 2026-10-25 23:59:59"),
      ("2026-11-22 20:25", "2026-11-22 20:25:00 - 2026-11-22 20:25:59"),
      ("2026-11-22T20:25:07", "2026-11-22 20:25:07 - 2026-11-22 20:25:07"),
      ("2026-11-22T20:25:07Z", "2026-11-22 21:25:07 - 2026-11-22 21:25:07"),
      ("2026-11-22t20:25:07.25-02:30", "2026-11-22 23:55:07 - 2026-11-22 23:55:07"),
      ("2024-02-29", "2024-02-29 00:00:00 - 2024-02-29 23:59:59"),
      ("today", "2026-11-22 00:00:00 - 2026-11-22 23:59:59"), ("now", "2026-11-22 20:25:30 - 2026-11-22 20:25:30"),
      ("yesterday", "2026-11-21 00:00:00 - 2026-11-21 23:59:59"),
      ("2 days ago", "2026-11-20 20:25:30 - 2026-11-20 20:25:30"), ("36h", "2026-11-21 08:25:30 - 2026-11-21 08:25:30"),
      ("1  week ago", "2026-11-15 20:25:30 - 2026-11-15 20:25:30"),
      ("9 months ago", "2026-02-22 20:25:30 - 2026-02-22 20:25:30"),
      ("1y", "2025-11-22 20:25:30 - 2025-11-22 20:25:30"),
      // Summer time ended in between: the same time of day, an hour more on a stopwatch.
      ("30 days ago", "2026-10-23 20:25:30 - 2026-10-23 20:25:30"),
      ("720 hours ago", "2026-10-23 21:25:30 - 2026-10-23 21:25:30"),
    ])
  func reads(text: String, expected: String) { #expect(shown(text) == expected) }

  @Test(
    "refuses what is no time",
    arguments: [
      "", "2026-02-29", "2026-13-01", "2026-11-22 24:00", "2026-11-22 20:60", "2026-11-22 2", "2026-11-22T20:25Z",
      "tomorrow",
      "days ago", "2 fortnights ago", "99999999999 h", "2026-11-22 20:25:30+1:00", "2026-11-22 20:25:30.", "-2 days",
      "26-11-22",
    ])
  func refuses(text: String) { #expect(shown(text) == nil) }

  @Test("goes back to the last day of a shorter month")
  func monthEnd() throws {
    let march = try #require(TimeArgument("2026-03-31 12:00:00", now: now)).start
    #expect(shown("1 month ago", now: march)?.hasPrefix("2026-02-28 12:00:00") == true)
    #expect(shown("13 months ago", now: march)?.hasPrefix("2025-02-28 12:00:00") == true)
  }

  @Test("keeps fractions of a second")
  func fractions() throws {
    let time = try #require(TimeArgument("2026-11-22T20:25:07.25+01:00", now: now))
    #expect(time.start.nanoseconds == 250_000_000)
    #expect(time.start == time.end)
  }

  @Test("a day when the clocks change is 25 or 23 hours long")
  func longDay() throws {
    let october = try #require(TimeArgument("2026-10-25", now: now))
    #expect(october.end.seconds - october.start.seconds == 25 * 3600 - 1)
    let march = try #require(TimeArgument("2026-03-29", now: now))
    #expect(march.end.seconds - march.start.seconds == 23 * 3600 - 1)
  }

  @Test("names snapshots by id, by age and by time")
  func snapshotNames() throws {
    #expect(try SnapshotName("DEADbeef", now: now) == .id(prefix: "deadbeef"))
    #expect(try SnapshotName("2026", now: now) == .id(prefix: "2026"))
    #expect(try SnapshotName("latest", now: now) == .latest(back: 0))
    #expect(try SnapshotName("latest~12", now: now) == .latest(back: 12))
    #expect(
      try SnapshotName("36h", now: now) == .notLater(than: Instant(seconds: now.seconds - 129_600, nanoseconds: 7)))
    let day = try #require(TimeArgument("2026-11-21", now: now))
    #expect(try SnapshotName("yesterday", now: now) == .notLater(than: day.end))
  }

  @Test(
    "refuses other names as a mistake in usage",
    arguments: ["", "abc", "latest~", "latest~x", "latest~-1", "xyzw", String(repeating: "a", count: 65)])
  func badNames(text: String) {
    let error = #expect(throws: CommandError.self) { try SnapshotName(text, now: now) }
    #expect(error?.exitCode == .usage)
  }

  @Test(
    "splits a path off a name, whatever colons either has",
    arguments: [
      ("latest", "latest", nil), ("latest:/etc", "latest", "/etc"), ("abcd:/a:b", "abcd", "/a:b"),
      ("latest:", "latest", ""),
      ("2026-11-22 20:25", "2026-11-22 20:25", nil), ("2026-11-22 20:25:/etc", "2026-11-22 20:25", "/etc"),
      ("2026-11-22T20:25:30+01:00:/x", "2026-11-22T20:25:30+01:00", "/x"), ("2 days ago:/x", "2 days ago", "/x"),
    ])
  func splitting(argument: String, name: String, path: String?) throws {
    let split = try SnapshotName.split(argument.utf8, now: now)
    #expect(try split.name == SnapshotName(name, now: now))
    #expect(split.path == path.map { Array($0.utf8) })
  }

  @Test("keeps the raw bytes of the path")
  func rawPath() throws {
    #expect(try SnapshotName.split(Array("latest:/".utf8) + [0xFF], now: now).path == [0x2F, 0xFF])
  }
}
