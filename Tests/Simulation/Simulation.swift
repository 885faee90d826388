package import Backend
import Format
import Repository
import TestSupport
import Threads

/// Schedules of the product's own code over storage in memory: a seed decides who does what when, and what befalls whom.
///
/// **Replay.** Nothing depends on anything but the seed: one actor runs at a time; each has one worker and waits for its
/// packs to be finished; clocks are virtual; and ids and keys, by which things are sorted, are drawn from the seed as well.
/// So a run is repeated to the last byte, which `SimulationTests` and every failing run hold it to.
package struct Simulation: Sendable {
  /// What became of a seed.
  package struct Outcome: Sendable {
    package let seed: UInt64
    /// What must not be; empty if all is well.
    package let violations: [String]
    /// How many snapshots had to be there at the end.
    package let kept: Int
    /// Stands for all that happened, in order.
    package let fingerprint: UInt64
    /// What happened, if it was asked for.
    package let trace: [String]
    package let tally: Tally
  }

  private let template: Template

  package init() throws { template = try Template() }

  /// Runs the schedule of a seed.
  ///
  /// - Parameters:
  ///   - traced: whether the outcome has a trace.
  ///   - change: does something to the storage before the judge looks at it.
  package func run(
    _ seed: UInt64, traced: Bool = false, changing change: (InMemoryBackend) -> Void = { _ in }
  ) throws -> Outcome {
    var random = SeededGenerator(seed: seed)
    let directory = TemporaryDirectory(inMemory: true)
    let traits = ScheduleTraits(&random)
    let clients = try Client.all(2 + random.below(3), template: template, below: directory.path, &random)
    let world = World(
      storage: InMemoryBackend(contents: template.contents),
      scheduler: Scheduler(traits, actors: clients.count, random: SeededGenerator(seed: random.next())), traits: traits,
      trace: Trace(isKept: traced), ids: SeededGenerator(seed: random.next()))
    let threads = clients.map { client in
      WorkerThread { client.run(in: world) }
    }
    world.scheduler.run()
    threads.forEach { $0?.join() }
    change(world.storage)
    let judge = Judge(
      world: world,
      repository: try template.client(cacheDirectory: "\(directory.path)/judge").process(
        on: world.storage, execution: world.execution(.atTheEnd)))
    judge.run()
    var tally = world.tally
    tally.steps = world.scheduler.steps
    return Outcome(
      seed: seed, violations: world.violations, kept: world.kept.count, fingerprint: world.trace.fingerprint,
      trace: world.trace.lines,
      tally: tally)
  }
}
