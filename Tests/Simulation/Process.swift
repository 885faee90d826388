import Cryptography
import Format
import Repository
import TestSupport

/// One run of the program on some client: it does one thing, with the product's own code, and ends or dies.
struct Process {
  let world: World
  let actor: Int
  let number: Int64
  let host: String
  let repository: Repository

  /// Starts a process of an actor that does one thing; gives nothing back, whatever becomes of it.
  static func run(
    _ task: Task, of client: Client, in world: World, isFaulty: Bool = true
  ) {
    let number = world.start()
    defer { world.kill(number) }
    let backend = ScheduledBackend(world, actor: client.actor, process: number, isFaulty: isFaulty && task.isFaulty)
    let process = Process(
      world: world, actor: client.actor, number: number, host: client.host,
      repository: client.repository.process(on: backend, execution: world.execution(client.segments)))
    process.note("\(client.host) begins \(task)")
    do {
      try process.perform(task)
      process.note("done")
    } catch {
      process.note("\(error)")
      process.judge(error, of: task)
    }
  }

  var owner: SessionOwner {
    SessionOwner(time: world.scheduler.now, host: host, user: "u", process: number, program: "simulation")
  }

  func note(_ text: String) { world.trace.note(text, by: number, at: world.scheduler.milliseconds) }

  /// Takes some time over something else than storage.
  func pause() { if world.isAlive(number) { world.scheduler.pass(actor) } }

  private func perform(_ task: Task) throws {
    switch task {
    case .backup(let content): try backUp(content)
    case .forget: try forget()
    case .prune(let options): try prune(options)
    case .rewrite: try rewrite()
    case .read: try read()
    case .check: try check()
    case .repairIndex: try repairIndex()
    }
  }

  /// Whether a process may end with this error.
  private func judge(_ error: any Error, of task: Task) {
    guard world.isAlive(number) else { return world.count { $0.deaths += 1 } }
    world.count { $0.failedTasks += 1 }
    guard !"\(error)".contains(ScheduledBackend.faultMessage) else { return }
    switch (error as? RepositoryError)?.code {
    case .busy, .fenced: world.count { $0.busy += 1 }
    default: world.violate("\(task) failed: \(error)")
    }
  }
}

extension World {
  /// How every client works: one thing after the other, with ids and keys from the seed.
  func execution(_ segments: SegmentPace) -> Execution {
    var execution = Execution()
    execution.workers = 1
    execution.packsUnderWay = 0
    execution.now = { [start = ContinuousClock.now] in start + .milliseconds(self.scheduler.milliseconds) }
    execution.segmentInterval = segments == .eachPack ? .zero : .seconds(1 << 40)
    execution.sessionID = { self.drawID { SnapshotID.random(using: &$0) } }
    execution.packSecret = { () throws(CryptographyError) in
      self.drawID { random in random.bytes(X25519.keyCount).withUnsafeBytes { SecretBytes(copying: $0) } }
    }
    execution.recordSalt = { () throws(CryptographyError) in
      self.drawID { random in random.bytes(32).withUnsafeBytes { Digest256($0) } }
    }
    return execution
  }
}

/// When index segments are published.
enum SegmentPace {
  /// For every pack that is durable.
  case eachPack
  /// At the end.
  case atTheEnd
}
