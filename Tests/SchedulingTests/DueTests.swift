import Testing
import TestSupport

@testable import Scheduling

@Suite("Due")
struct DueTests {
  private let day: Int64 = 86_400

  @Test("a run is, once for however many times were missed")
  func missed() throws {
    let rule = DueRule(try Calendar("daily 02:00"), Zone.utc.clock)
    let slot = 100 * day + 7200
    #expect(!rule.isDue(at: slot - 1, lastStart: slot - day, installed: 0))
    #expect(rule.isDue(at: slot, lastStart: slot - day, installed: 0))
    #expect(!rule.isDue(at: slot, lastStart: slot, installed: 0))
    // Ten days off: due once, and then not before the next time.
    #expect(rule.isDue(at: slot + 10 * day + 5, lastStart: slot, installed: 0))
    #expect(!rule.isDue(at: slot + 10 * day + 6, lastStart: slot + 10 * day + 5, installed: 0))
    #expect(rule.isDue(at: slot + 11 * day, lastStart: slot + 10 * day + 5, installed: 0))
  }

  @Test("a new job is not, before its first time")
  func installed() throws {
    let rule = DueRule(try Calendar("daily 02:00"), Zone.utc.clock)
    #expect(!rule.isDue(at: 100 * day, lastStart: nil, installed: 100 * day - 3600))
    #expect(!rule.isOverdue(at: 100 * day, lastStart: nil, installed: 100 * day - 3600))
    #expect(rule.isDue(at: 100 * day + 7200, lastStart: nil, installed: 100 * day))
    #expect(rule.nextStart(at: 100 * day, lastStart: nil, installed: 100 * day) == 100 * day + 7200)
  }

  @Test("a job that is installed anew is not, for times before")
  func installedAnew() throws {
    let rule = DueRule(try Calendar("daily 02:00"), Zone.utc.clock)
    #expect(!rule.isDue(at: 100 * day + 9000, lastStart: 99 * day, installed: 100 * day + 8000))
    #expect(rule.isDue(at: 101 * day + 7200, lastStart: 99 * day, installed: 100 * day + 8000))
  }

  @Test("a stamp from the future holds nothing up")
  func future() throws {
    let rule = DueRule(try Calendar("hourly"), Zone.utc.clock)
    #expect(rule.isDue(at: 100 * day, lastStart: 5000 * day, installed: 99 * day))
    #expect(rule.isDue(at: 100 * day, lastStart: 5000 * day, installed: 5000 * day))
  }

  @Test("a run is overdue an hour after it was due")
  func overdue() throws {
    let rule = DueRule(try Calendar("daily 02:00"), Zone.utc.clock)
    let slot = 100 * day + 7200
    #expect(!rule.isOverdue(at: slot + 3599, lastStart: slot - day, installed: 0))
    #expect(rule.isOverdue(at: slot + 3600, lastStart: slot - day, installed: 0))
    #expect(!rule.isOverdue(at: slot + 3600, lastStart: slot + 1, installed: 0))
    // Whoever puts runs off does so by up to the delay.
    #expect(!rule.isOverdue(at: slot + 3600 + 9000 - 1, allowing: 9000, lastStart: slot - day, installed: 0))
    #expect(rule.isOverdue(at: slot + 3600 + 9000, allowing: 9000, lastStart: slot - day, installed: 0))
  }

  @Test("a time that came while a run was going is left out, if it is to be")
  func leftOut() throws {
    let rule = DueRule(try Calendar("hourly"), Zone.utc.clock)
    let start = 100 * day
    let end = start + 4200
    #expect(rule.isDue(at: end + 60, lastStart: start, installed: 0))
    #expect(!rule.isDue(at: end + 60, lastStart: start, installed: 0, leftOutUntil: end))
    #expect(rule.nextStart(at: end + 60, lastStart: start, installed: 0, leftOutUntil: end) == start + 7200)
    #expect(rule.isDue(at: start + 7200, lastStart: start, installed: 0, leftOutUntil: end))
    // What was left out is never overdue, what comes later is.
    #expect(!rule.isOverdue(at: start + 7200, lastStart: start, installed: 0, leftOutUntil: end))
    #expect(rule.isOverdue(at: start + 3 * 3600, lastStart: start, installed: 0, leftOutUntil: end))
    // An end that is later than now comes from a clock that was wrong.
    #expect(rule.isDue(at: end, lastStart: start, installed: 0, leftOutUntil: 5000 * day))
  }

  @Test("a time that was put off until after the end of the run before is not left out")
  func leftOutDelayed() throws {
    let rule = DueRule(try Calendar("hourly"), longestDelay: 1800, seed: "job", Zone.utc.clock)
    let slot = 100 * day
    let start = try #require(rule.nextStart(at: slot - 1, lastStart: slot - 1, installed: 0))
    #expect(start > slot)
    #expect(rule.isDue(at: start, lastStart: slot - 3600, installed: 0, leftOutUntil: start - 1))
    #expect(!rule.isDue(at: start, lastStart: slot - 3600, installed: 0, leftOutUntil: start))
  }

  @Test("each time is put off by a delay of its own, the same for all who ask")
  func delays() throws {
    let calendar = try Calendar("daily 02:00")
    var delays: Set<Int64> = []
    for number in 0..<200 as Range<Int64> {
      let slot = number * day + 7200
      for seed in ["a@host", "b@host"] {
        let rule = DueRule(calendar, longestDelay: 1800, seed: seed, Zone.utc.clock)
        let start = try #require(rule.nextStart(at: slot - 60, lastStart: slot - 60, installed: 0))
        #expect((0...1800).contains(start - slot))
        #expect(!rule.isDue(at: start - 1, lastStart: slot - 60, installed: 0))
        #expect(rule.isDue(at: start, lastStart: slot - 60, installed: 0))
        #expect(rule.nextStart(at: start - 1, lastStart: slot - 60, installed: 0) == start)
        delays.insert(start - slot)
      }
    }
    #expect(delays.count > 300, "delays are spread: \(delays.count)")
  }

  @Test("a job that asks every minute starts once for each time", arguments: [0, 600, 7000] as [Int64])
  func everyMinute(delay: Int64) throws {
    for (text, period) in [("every 30m", 1800), ("daily 02:30", 86_400)] as [(String, Int64)] {
      let rule = DueRule(try Calendar(text), longestDelay: delay, seed: "job", Zone.berlin.clock)
      let begin: Int64 = 1_806_195_600 - 4 * day
      var starts: [Int64] = []
      for time in stride(from: begin, to: begin + 8 * day, by: 60) {
        if rule.isDue(at: time, lastStart: starts.last, installed: begin) { starts.append(time) }
      }
      let times = 8 * day / period
      // With delays longer than the period one start may make up for two times.
      if delay < period { #expect((times - 2...times + 1).contains(Int64(starts.count)), "\(text)") }
      #expect(!starts.isEmpty)
    }
  }
}
