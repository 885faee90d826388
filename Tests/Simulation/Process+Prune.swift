import Format
import Repository

extension Process {
  func prune(_ options: PruneOptions) throws {
    let report = try repository.prune(options, by: owner, watch: watch)
    world.count { tally in
      tally.prunes += 1
      tally.sweptPacks += report.removed.count
      tally.writtenPacks += report.written.count
      tally.fenced += report.fenced.count
    }
  }

  func repairIndex() throws {
    _ = try repository.repairIndex(by: owner, watch: watch)
    world.count { $0.repairs += 1 }
  }

  /// The schedule's clock. A process is known to be dead on the host where it ran.
  private var watch: SessionWatch {
    SessionWatch(
      now: { [scheduler = world.scheduler] in scheduler.now },
      pause: { [world, actor] duration in
        world.scheduler.sleep(actor, milliseconds: duration.components.seconds * 1000)
      },
      isDead: { [world, host] intent in intent.host == host && !world.isAlive(intent.process) })
  }
}
