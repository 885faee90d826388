import Repository
import TestSupport

/// A machine that backs up, prunes or restores: its cache, and what it does one after the other.
struct Client {
  let actor: Int
  let host: String
  /// Open on its cache, which it may share with another actor of the same machine.
  let repository: Repository
  let segments: SegmentPace
  /// What it does, each after a pause in milliseconds.
  let tasks: [(pause: Int64, task: Task)]

  /// Does everything, in turns with the other actors.
  func run(in world: World) {
    world.scheduler.begin(actor)
    for (pause, task) in tasks {
      world.scheduler.sleep(actor, milliseconds: pause)
      Process.run(task, of: self, in: world)
    }
    world.scheduler.finish(actor)
  }

  /// The clients of a schedule.
  static func all(
    _ count: Int, template: Template, below directory: String, _ random: inout SeededGenerator
  ) throws -> [Client] {
    var clients: [Client] = []
    for actor in 0..<count {
      // Two processes of one machine have one cache.
      let shared = random.chance(0.25) ? clients.last : nil
      let host = shared?.host ?? "host\(actor)"
      clients.append(
        Client(
          actor: actor, host: host,
          repository: try shared?.repository ?? template.client(cacheDirectory: "\(directory)/\(host)"),
          segments: random.chance(0.5) ? .eachPack : .atTheEnd,
          tasks: tasks(&random)))
    }
    return clients
  }

  /// A snapshot to begin with, since there is little else to do before.
  private static func tasks(_ random: inout SeededGenerator) -> [(pause: Int64, task: Task)] {
    var tasks = [(pause: Int64(random.below(2_000)), task: Task.backup(SeededGenerator(seed: random.next())))]
    for _ in 0..<2 + random.below(3) {
      tasks.append((pause: random.chance(0.5) ? 0 : Delay.draw(&random) / 4, task: .random(&random)))
    }
    return tasks
  }
}
