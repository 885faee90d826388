import TestSupport

/// What kind of schedule a seed makes: how often actors take turns, and what befalls them.
struct ScheduleTraits {
  /// How likely an actor goes on after a call.
  let persistence: Double
  /// How likely it is held up before a call.
  let suspensionRate: Double
  /// How likely each thing befalls a call.
  let faults: [(fault: Fault, rate: Double)]

  init(_ random: inout SeededGenerator) {
    persistence = [0.2, 0.6, 0.9, 0.97][random.below(4)]
    suspensionRate = [0, 0.01, 0.03, 0.1][random.below(4)]
    let rate = [0, 0.002, 0.01, 0.03][random.below(4)]
    var faults: [(fault: Fault, rate: Double)] = []
    for fault in Fault.allCases where random.chance(0.6) { faults.append((fault, rate)) }
    self.faults = faults
  }

  /// For how many milliseconds an actor is held up.
  func suspension(_ random: inout SeededGenerator) -> Int64 {
    random.chance(suspensionRate) ? Delay.draw(&random) : 0
  }

  /// What befalls the next call.
  func fault(_ random: inout SeededGenerator) -> Fault? {
    for (fault, rate) in faults where random.chance(rate) { return fault }
    return nil
  }
}

/// What may befall a call.
enum Fault: CaseIterable {
  /// It does nothing and throws.
  case failure
  /// It takes effect and throws.
  case lostReply
  /// It throws, and takes effect later.
  case lateEffect
  /// The process dies, and the call does nothing.
  case deathBefore
  /// The call takes effect, and the process dies.
  case deathAfter
}

enum Delay {
  /// From a second to four days, in milliseconds, each order of magnitude as likely.
  static func draw(_ random: inout SeededGenerator) -> Int64 {
    let scale: [Int64] = [1, 60, 3_600, 24 * 3_600]
    return scale[random.below(4)] * Int64(random.below(4_000) + 1)
  }
}

extension SeededGenerator {
  /// Whether something happens that has a probability.
  mutating func chance(_ probability: Double) -> Bool {
    probability > 0 && Double(next() >> 11) * 0x1p-53 < probability
  }
}
