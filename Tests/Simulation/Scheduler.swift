import Format
import Synchronization
import TestSupport
import Threads

/// Decides who goes on. Exactly one actor runs at any time; the others stand before a call, or sleep.
///
/// So all that happens is a function of the seed: every choice is drawn by whoever runs, from one generator.
final class Scheduler: Sendable {
  /// An effect that a call leaves behind when its caller has been told that it failed.
  private struct LateEffect {
    let due: Int64
    let apply: @Sendable () -> Void
  }

  private struct State {
    var random: SeededGenerator
    /// Virtual milliseconds since the schedule began.
    var now: Int64 = 0
    /// When each actor may go on; nil once it has ended.
    var wakes: [Int64?]
    var late: [LateEffect] = []
    var steps = 0
  }

  private static let epoch: Int64 = 1_800_000_000

  private let traits: ScheduleTraits
  private let state: Mutex<State>
  private let turns: [Monitor<Bool>]
  private let end = Monitor(false)

  init(_ traits: ScheduleTraits, actors: Int, random: SeededGenerator) {
    self.traits = traits
    state = Mutex(State(random: random, wakes: Array(repeating: 0, count: actors)))
    turns = (0..<actors).map { _ in Monitor(false) }
  }

  /// The time that everybody's clock shows.
  var now: Timestamp { Timestamp(seconds: Self.epoch + milliseconds / 1000) }

  var milliseconds: Int64 { state.withLock { $0.now } }

  var steps: Int { state.withLock { $0.steps } }

  /// Lets the first actor go on, and returns when all have ended and nothing can take effect any more.
  func run() {
    give(state.withLock { next(nil, &$0) })
    end.wait { $0 ? () : nil }
  }

  /// Returns when it is the actor's turn for the first time.
  func begin(_ actor: Int) { take(actor) }

  /// The actor stands before its next call. It may be held up there for days.
  func pass(_ actor: Int) {
    let next = state.withLock { state in
      state.steps += 1
      state.now += Int64(state.random.below(200))
      state.wakes[actor] = state.now + traits.suspension(&state.random)
      return self.next(actor, &state)
    }
    go(from: actor, to: next)
  }

  /// The actor waits.
  func sleep(_ actor: Int, milliseconds: Int64) {
    let next = state.withLock { state in
      state.wakes[actor] = state.now + milliseconds
      return self.next(actor, &state)
    }
    go(from: actor, to: next)
  }

  /// The actor does nothing any more.
  func finish(_ actor: Int) {
    give(
      state.withLock { state in
        state.wakes[actor] = nil
        return next(nil, &state)
      })
  }

  /// Draws something for the actor that runs.
  func draw<Result>(_ body: (inout SeededGenerator) -> Result) -> Result { state.withLock { body(&$0.random) } }

  /// Has something take effect after everybody was told that it failed.
  func later(_ apply: @escaping @Sendable () -> Void) {
    state.withLock { state in
      let due = state.now + Delay.draw(&state.random)
      state.late.append(LateEffect(due: due, apply: apply))
    }
  }

  private func go(from actor: Int, to next: Int?) {
    guard next != actor else { return }
    give(next)
    take(actor)
  }

  private func give(_ actor: Int?) {
    if let actor { turns[actor].update { $0 = true } } else { end.update { $0 = true } }
  }

  private func take(_ actor: Int) {
    turns[actor].wait { turn in
      defer { turn = false }
      return turn ? () : nil
    }
  }

  /// Who goes on; nil if nobody is left. Whoever has just run often goes on at once.
  private func next(_ current: Int?, _ state: inout State) -> Int? {
    while true {
      let due = state.late.filter { $0.due <= state.now }
      state.late.removeAll { $0.due <= state.now }
      for effect in due { effect.apply() }
      let ready = state.wakes.indices.filter { index in state.wakes[index].map { $0 <= state.now } ?? false }
      if let current, ready.contains(current), state.random.chance(traits.persistence) { return current }
      if !ready.isEmpty { return ready[state.random.below(ready.count)] }
      let times = state.wakes.compactMap { $0 } + state.late.map(\.due)
      guard let first = times.min() else { return nil }
      state.now = max(state.now, first)
    }
  }
}
