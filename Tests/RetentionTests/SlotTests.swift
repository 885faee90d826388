import Format
import Retention
import TestSupport
import Testing

@Suite("Slots")
struct SlotTests {
  private let policy = RetentionPolicy { $0.usesSlots = true }

  /// A hosted service: a backup is put into the places it takes when it is taken, and what was there is gone.
  private struct HostedService {
    var slots: [BackupSlot: UInt64] = [:]
    private var week = ""

    mutating func take(_ number: UInt64, at seconds: Int64, _ zone: TestZone, byHand: Bool) {
      guard !byHand else {
        slots[.manual] = number
        return
      }
      slots[.daily] = number
      let week = Oracle.label(.weekly, seconds, zone)
      guard week != self.week else { return }
      self.week = week
      slots[.biweekly] = slots[.weekly]
      slots[.weekly] = number
    }
  }

  @Test("sixty days of backups leave what a hosted service has", arguments: TestZone.all)
  func sixtyDays(zone: TestZone) throws {
    for seed in UInt64(0)..<40 {
      var generator = SeededGenerator(seed: seed)
      // Both changes of the clocks, the turn of the year and a leap day come up.
      let start: (Int32, Int32, Int32) = [(2026, 10, 1), (2026, 2, 20), (2024, 2, 1), (2026, 12, 1)][Int(seed % 4)]
      var service = HostedService()
      var kept: [RetentionCandidate] = []
      var pinned: Set<UInt64> = []
      for day in 0..<Int32(60) {
        // Some days have no backup, some several; once a whole week is missed.
        let backups = (20..<28).contains(day) && seed % 3 == 0 ? 0 : [1, 1, 1, 1, 0, 2, 3][generator.below(7)]
        for hour in (0..<24).shuffled(using: &generator).prefix(backups).sorted() {
          let now = zone.seconds(start.0, start.1, start.2 + day, Int32(hour), Int32(generator.below(60)))
          let number = UInt64(day) * 100 + UInt64(hour)
          let isManual = generator.below(15) == 0
          let isPinned = generator.below(25) == 0
          let new = candidate(
            number, at: now, tags: isManual ? ["x", BackupSlot.manualTag] : ["x"], isPinned: isPinned)
          service.take(number, at: now, zone, byHand: isManual)
          if isPinned { pinned.insert(number) }

          let numbers = try policy.kept(kept + [new], zone, now: now)
          kept = (kept + [new]).filter { numbers.contains($0.id.low) }
          #expect(
            Set(numbers) == Set(service.slots.values).union(pinned), "seed \(seed), day \(day), hour \(hour)")
        }
      }
      #expect(service.slots.count >= 3 && kept.count <= 4 + pinned.count, "seed \(seed)")
    }
  }

  @Test("the slots of a month of daily backups")
  func month() throws {
    let zone = TestZone.berlin
    // The 24th of November 2026 was a Tuesday.
    let days = (1...24).map { candidate(UInt64($0), at: zone.seconds(2026, 11, Int32($0), 3)) }
    let reasons = try policy.reasons(days).filter { !$0.value.isEmpty }
    #expect(reasons == [24: ["daily slot"], 23: ["weekly slot"], 16: ["biweekly slot"]])
    let monday = try policy.reasons(Array(days.dropLast())).filter { !$0.value.isEmpty }
    #expect(monday == [23: ["daily slot", "weekly slot"], 16: ["biweekly slot"]])
  }

  @Test("a snapshot by hand takes no automatic slot, and only the next one replaces it")
  func manual() throws {
    let zone = TestZone.berlin
    var days = (1...24).map { candidate(UInt64($0), at: zone.seconds(2026, 11, Int32($0), 3)) }
    days[2].tags = [BackupSlot.manualTag]
    #expect(try policy.reasons(days)[3] == ["manual slot"])
    days[23].tags = [BackupSlot.manualTag]
    let reasons = try policy.reasons(days).filter { !$0.value.isEmpty }
    #expect(reasons == [24: ["manual slot"], 23: ["daily slot", "weekly slot"], 16: ["biweekly slot"]])
  }
}
