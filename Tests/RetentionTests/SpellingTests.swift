import Retention
import Testing

@Suite("How retention rules are spelt")
struct SpellingTests {
  @Test(
    "durations are amounts of years, months, days and hours",
    arguments: [
      ("2y5m7d3h", "2y5m7d3h"), ("3h2y", "2y3h"), ("14d", "14d"), ("0d", "0h"), ("999999y", "999999y"), ("007d", "7d"),
    ])
  func durations(text: String, shown: String) { #expect(CalendarDuration(text)?.description == shown) }

  @Test(
    "other texts are no durations",
    arguments: ["", "d", "7", "7w", "7d7d", "-7d", "1000000h", "7 d", "7d ", "1.5d", "7D", "٣d"])
  func noDurations(text: String) { #expect(CalendarDuration(text) == nil) }

  @Test("counts are numbers, or unlimited")
  func counts() {
    #expect(KeepCount("7") == .atMost(7))
    #expect(KeepCount("0") == KeepCount.none)
    #expect(KeepCount("-1") == .unlimited)
    #expect(KeepCount("unlimited") == .unlimited)
    for text in ["", "-2", "all", "1.5", "99999999999999999999"] { #expect(KeepCount(text) == nil) }
  }

  @Test("groups are named by what their snapshots share")
  func groups() {
    #expect(GroupFields("host,paths,tags") == [.host, .paths, .tags])
    #expect(GroupFields("path,tag") == [.paths, .tags])
    #expect(GroupFields("") == [])
    #expect(GroupFields("host,user") == nil)
  }
}
