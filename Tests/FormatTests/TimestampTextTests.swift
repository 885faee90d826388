import Format
import Testing

@Suite struct TimestampTextTests {
  @Test(
    "known times have the known texts",
    arguments: [
      (0, "1970-01-01T00:00:00"), (-1, "1969-12-31T23:59:59"), (951_782_400, "2000-02-29T00:00:00"),
      (1_795_379_100, "2026-11-22T20:25:00"), (4_107_542_400, "2100-03-01T00:00:00"),
      (4_107_542_399, "2100-02-28T23:59:59"), (-62_167_219_200, "0000-01-01T00:00:00"),
      (253_402_300_799, "9999-12-31T23:59:59"), (-62_162_121_600, "0000-02-29T00:00:00"),
    ] as [(Int64, String)])
  func known(seconds: Int64, text: String) {
    let time = Timestamp(seconds: seconds, nanoseconds: 10)
    #expect(time.text == text + ".000000010Z")
    #expect(time.textOfSeconds == text + "Z")
    #expect(Timestamp(text: text + ".00000001Z") == time)
    #expect(Timestamp(text: text + "Z") == Timestamp(seconds: seconds))
  }

  @Test(
    "anything that is not strictly RFC 3339 in UTC is refused",
    arguments: [
      "", "2026-11-22", "2026-11-22T20:25:00", "2026-11-22t20:25:00Z", "2026-11-22T20:25:00z", "2026-11-22 20:25:00Z",
      "2026-11-22T20:25:00+00:00", "2026-11-22T20:25Z", "2026-11-22T24:00:00Z", "2026-11-22T20:60:00Z",
      "2026-11-22T20:25:60Z", "2026-11-22T20:25:00.Z", "2026-11-22T20:25:00.0000000000Z", "2026-02-29T00:00:00Z",
      "2100-02-29T00:00:00Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-11-00T00:00:00Z", "26-11-22T20:25:00Z", "+2026-11-22T20:25:00Z", "2026-11-22T20:25:00ZZ",
      "２026-11-22T20:25:00Z", " 2026-11-22T20:25:00Z", "2026-11-22T-1:25:00Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(text: text) == nil)
  }

  @Test("every day of eight centuries comes back and follows the one before")
  func everyDay() {
    var previous = ""
    for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
      let time = Timestamp(seconds: day * 86_400 + 86_399)
      let text = time.textOfSeconds
      guard Timestamp(text: text) == time, previous < text else {
        Issue.record("day \(day): \(text) after \(previous)")
        return
      }
      previous = text
    }
  }

  @Test("any time of four-digit years comes back")
  func roundTrip() {
    for seed: UInt64 in 0..<2_000 {
      var generator = SeededGenerator(seed: seed)
      let time = generator.textTime()
      #expect(Timestamp(text: time.text) == time, "seed \(seed)")
    }
  }

  @Test("times that RFC 3339 can't write still have a text")
  func extremes() {
    #expect(Timestamp(seconds: .max).text == "+292277026596-12-04T15:30:07.000000000Z")
    #expect(Timestamp(seconds: .min).text == "-292277022657-01-27T08:29:52.000000000Z")
    #expect(Timestamp(seconds: 253_402_300_800).textOfSeconds == "+10000-01-01T00:00:00Z")
    #expect(Timestamp(text: Timestamp(seconds: 253_402_300_800).text) == nil)
  }
}
