import Simulation
import Synchronization

/// Many seeds, shared out among threads.
final class Run: Sendable {
  private struct State {
    var next: UInt64
    var tally = Tally()
    var done = 0
    var failed = 0
  }

  /// After so many seeds that fail, what follows adds nothing.
  private static let failureLimit = 5
  /// Of so many seeds one is run twice, to see that it does the same again.
  private static let repeatedShare: UInt64 = 100

  private let simulation: Simulation
  private let end: UInt64
  private let state: Mutex<State>

  init(_ simulation: Simulation, _ options: Options) {
    self.simulation = simulation
    end = options.first + options.seeds
    state = Mutex(State(next: options.first))
  }

  var result: (tally: Tally, done: Int, failed: Int) { state.withLock { ($0.tally, $0.done, $0.failed) } }

  /// Runs seeds until none is left.
  func work() {
    while let seed = next() {
      do {
        let outcome = try simulation.run(seed)
        let isRepeated = !outcome.violations.isEmpty || seed % Self.repeatedShare == 0
        let again = isRepeated ? try simulation.run(seed, traced: !outcome.violations.isEmpty) : outcome
        end(outcome, again)
      } catch {
        print("seed \(seed) could not be run: \(error)")
        state.withLock { $0.failed += 1 }
      }
    }
  }

  private func next() -> UInt64? {
    state.withLock { state in
      guard state.next < end, state.failed < Self.failureLimit else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func end(_ outcome: Simulation.Outcome, _ again: Simulation.Outcome) {
    var problems = outcome.violations
    if again.fingerprint != outcome.fingerprint { problems.append("it went another way when it was run again") }
    state.withLock { state in
      state.tally = state.tally + outcome.tally
      state.done += 1
      guard !problems.isEmpty else { return }
      state.failed += 1
      again.trace.forEach { print($0) }
      for problem in problems { print("seed \(outcome.seed): \(problem)") }
      print(
        "seed \(outcome.seed) VIOLATED after \(state.done) schedules; again with: Scripts/simulate --replay \(outcome.seed) --trace"
      )
    }
  }
}
