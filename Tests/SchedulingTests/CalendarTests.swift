import Testing

@testable import Scheduling

@Suite("Calendar")
struct CalendarTests {
  @Test(
    "reads the portable forms, and says them to systemd",
    arguments: [
      ("hourly", "*-*-* *:00:00 UTC", nil), ("every 1h", "*-*-* *:00:00 UTC", nil),
      ("every 6h", "*-*-* 00/6:00:00 UTC", nil), ("Every 15m", "*-*-* *:00/15:00 UTC", nil),
      ("daily", "*-*-* 00:00:00", "*-*-* 01:00:00"), ("daily 2:30", "*-*-* 02:30:00", "*-*-* 03:30:00"),
      ("daily 23:15", "*-*-* 23:15:00", "*-*-* 00:15:00"), ("weekly", "Mon *-*-* 00:00:00", "Mon *-*-* 01:00:00"),
      ("weekly sunday 23:30", "Sun *-*-* 23:30:00", "Mon *-*-* 00:30:00"),
      ("weekly Wed", "Wed *-*-* 00:00:00", "Wed *-*-* 01:00:00"),
      ("monthly", "*-*-01 00:00:00", "*-*-01 01:00:00"), ("monthly 28 23:59", "*-*-28 23:59:00", "*-*-29 00:59:00"),
      ("Mon..Fri 03:00", "Mon..Fri 03:00", nil),
    ] as [(String, String, String?)])
  func forms(text: String, expression: String, second: String?) throws {
    let calendar = try Calendar(text)
    #expect(calendar.systemdExpression == expression)
    #expect(calendar.systemdSecondExpression == second)
    #expect(calendar.isPortable == !text.contains(".."))
  }

  @Test(
    "refuses what is nearly right",
    arguments: [
      "", " ", "hourly 5", "daily 24:00", "daily 2:3", "daily 02:30:00", "weekly 02:30", "weekly m", "monthly 29",
      "monthly 0", "every", "every 5h", "every 24h", "every 60m", "every 7m", "every 0m", "every -1h", "every 2d", "5%",
      "a\nb",
    ])
  func refusals(text: String) {
    #expect(throws: SchedulingError.self) { try Calendar(text) }
  }

  @Test("gives systemd only what it understands")
  func systemd() throws {
    let texts = ["hourly", "every 2h", "every 3m", "daily 02:30", "weekly sun 23:30", "monthly 28 23:30"]
    for calendar in try texts.map({ try Calendar($0) }) {
      for expression in [calendar.systemdExpression, calendar.systemdSecondExpression].compactMap({ $0 }) {
        let result = shell("systemd-analyze calendar '\(expression)' 2>&1")
        #expect(result.status == 0, "\(expression): \(result.text)")
      }
    }
  }

  @Test("takes plain names for jobs")
  func names() {
    for name in ["a", "nightly", "Web-1_b", String(repeating: "x", count: 64)] { #expect(JobName(name) != nil) }
    for name in ["", "-a", "_a", "a b", "a/b", "..", "ä", "a%", "a.b", "a\n", String(repeating: "x", count: 65)] {
      #expect(JobName(name) == nil, "\(name)")
    }
  }
}
