import Backend
import Simulation
import Testing

@Suite("Simulated schedules")
struct SimulationTests {
  let simulation: Simulation

  init() throws { simulation = try Simulation() }

  @Test("Whatever the order, whoever dies, and whatever reply is lost, all that was acknowledged is there")
  func schedules() throws {
    for seed in 1...UInt64(25) {
      let outcome = try simulation.run(seed)
      #expect(outcome.violations.isEmpty, "seed \(seed); see it with: Scripts/simulate --replay \(seed) --trace")
    }
  }

  @Test("A seed does the same again, to the last id and byte")
  func replay() throws {
    for seed in 1...UInt64(5) {
      let first = try simulation.run(seed, traced: true)
      let second = try simulation.run(seed, traced: true)
      #expect(first.trace == second.trace, "seed \(seed)")
      #expect(first.fingerprint == second.fingerprint, "seed \(seed)")
      #expect(first.tally == second.tally, "seed \(seed)")
    }
  }

  @Test("Seeds differ, and together they reach what they are for")
  func reach() throws {
    var tally = Tally()
    var fingerprints: Set<UInt64> = []
    for seed in 1...UInt64(30) {
      let outcome = try simulation.run(seed)
      tally = tally + outcome.tally
      fingerprints.insert(outcome.fingerprint)
    }
    #expect(fingerprints.count == 30)
    for reached in [
      tally.deaths, tally.restarts, tally.forgotten, tally.rewritten, tally.reads, tally.sweptPacks, tally.writtenPacks,
      tally.fenced,
      tally.busy, tally.repairs, tally.checks,
    ] {
      #expect(reached > 0, "\(tally)")
    }
  }

  @Test("What is lost is noticed", arguments: [ObjectArea.packs, .index, .snapshots])
  func losses(area: ObjectArea) throws {
    var schedules = 0
    for seed in 1...UInt64(3) {
      let outcome = try simulation.run(seed) { storage in
        for name in storage.contents.keys where name.area == area { storage.damage(name) { $0 = nil } }
      }
      guard outcome.kept > 0 else { continue }
      schedules += 1
      #expect(!outcome.violations.isEmpty, "seed \(seed)")
    }
    #expect(schedules > 0)
  }
}
