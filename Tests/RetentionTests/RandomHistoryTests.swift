import Format
import Retention
import TestSupport
import Testing

/// A history and a policy that a seed decides.
private struct RandomCase {
  var generator: SeededGenerator
  let zone: TestZone
  private(set) var now: Int64 = 0

  init(seed: UInt64, _ zone: TestZone) {
    generator = SeededGenerator(seed: seed)
    self.zone = zone
    now = instant()
  }

  private mutating func chance(_ percent: Int) -> Bool { generator.below(100) < percent }

  /// Any time, or one next to a change of the clocks or to a leap day.
  private mutating func instant() -> Int64 {
    let year = Int32(1996 + generator.below(50))
    let near = Int64(generator.below(200_000) - 100_000)
    switch generator.below(4) {
    case 0: return zone.transitions(in: year).begin + near
    case 1: return zone.transitions(in: year).end + near
    case 2: return zone.seconds(year / 4 * 4, 2, 29, 12) + near
    default: return zone.seconds(year, 1, 1) + Int64(generator.below(366 * 86_400))
    }
  }

  mutating func candidates() -> [RetentionCandidate] {
    let spans: [Int64] = [600, 7200, 2 * 86_400, 20 * 86_400, 400 * 86_400, 3000 * 86_400]
    let steps: [Int64] = [0, 3600, 86_400, 7 * 86_400, 365 * 86_400]
    var all: [RetentionCandidate] = []
    for number in 0..<generator.below(50) {
      var time = now - Int64.random(in: 0...spans[generator.below(spans.count)], using: &generator)
      // Often in step with another, as schedules are, and so just at the limits of rules.
      if chance(40), let other = all.randomElement(using: &generator) {
        time = other.time.seconds - steps[generator.below(steps.count)]
      }
      if chance(8) { time = now + Int64.random(in: 0...1200, using: &generator) }
      if chance(3) { time = now + Int64.random(in: 0...90_000_000, using: &generator) }
      all.append(
        candidate(
          UInt64(number), at: time, host: chance(70) ? "a" : "b", paths: chance(50) ? ["/x", "/y"] : ["/y", "/x"],
          tags: ["s", "t", BackupSlot.manualTag].filter { _ in chance(25) }, isPinned: chance(5)))
    }
    return all.shuffled(using: &generator)
  }

  mutating func policy() -> RetentionPolicy {
    var policy = RetentionPolicy()
    if chance(30) { policy.last = count() }
    if chance(30) { policy.within = duration() }
    for period in CalendarPeriod.allCases {
      if chance(30) { policy.periodic[period] = count() }
      if chance(20) { policy.periodicWithin[period] = duration() }
    }
    if chance(20) { policy.tagSets.append(["s"]) }
    if chance(20) { policy.tagSets.append(["t", "s"]) }
    return policy
  }

  private mutating func count() -> KeepCount { chance(10) ? .unlimited : .atMost(generator.below(8)) }

  private mutating func duration() -> CalendarDuration? {
    let parts = [("y", 4), ("m", 15), ("d", 40), ("h", 60)].filter { _ in chance(40) }
    let text = parts.map { "\(generator.below($0.1))\($0.0)" }.joined()
    return CalendarDuration(text.isEmpty ? "1d" : text)
  }
}

@Suite("Retention on random histories")
struct RandomHistoryTests {
  @Test("every decision and its reasons are what the rules say", arguments: TestZone.all)
  func agreesWithOracle(zone: TestZone) throws {
    for seed in UInt64(0)..<1000 {
      var random = RandomCase(seed: seed, zone)
      let candidates = random.candidates()
      let policy = random.policy()
      let fields = GroupFields(rawValue: UInt8(random.generator.below(8)))
      let found = try policy.reasons(candidates, zone, now: random.now, groupedBy: fields).mapValues { Set($0) }
      var expected: [UInt64: Set<String>] = [:]
      for group in groups(candidates, fields) {
        expected.merge(Oracle.reasons(group, policy, zone, now: random.now)) { _, new in new }
      }
      guard found != expected else { continue }
      let wrong = expected.filter { found[$0.key] != $0.value }.map(\.key).sorted()
      Issue.record(
        "seed \(seed), \(wrong.map { "\($0): \(found[$0] ?? []) instead of \(expected[$0] ?? [])" }) of \(policy)")
      return
    }
  }

  @Test("what a policy leaves, it leaves a second time too", arguments: TestZone.all)
  func isStable(zone: TestZone) throws {
    for seed in UInt64(5000)..<5300 {
      var random = RandomCase(seed: seed, zone)
      let candidates = random.candidates()
      let policy = random.policy()
      let kept = Set(try policy.kept(candidates, zone, now: random.now))
      let rest = candidates.filter { kept.contains($0.id.low) }
      #expect(try policy.kept(rest, zone, now: random.now) == kept.sorted(), "seed \(seed): \(policy)")
    }
  }

  private func groups(_ candidates: [RetentionCandidate], _ fields: GroupFields) -> [[RetentionCandidate]] {
    Array(
      Dictionary(grouping: candidates) { candidate in
        let host = fields.contains(.host) ? candidate.host : ""
        let paths = fields.contains(.paths) ? candidate.paths.sorted().joined() : ""
        let tags = fields.contains(.tags) ? candidate.tags.sorted().joined(separator: ",") : ""
        return "\(host) \(paths) \(tags)"
      }.values)
  }
}
