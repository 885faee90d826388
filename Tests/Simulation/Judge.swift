import Backend
import Format
import Repository
import RepositoryFixture

/// Looks at a repository after a schedule, as a client that knows nothing yet.
struct Judge {
  let world: World
  let repository: Repository

  /// Everything that was acknowledged is there; a last prune leaves that and nothing else.
  func run() {
    do {
      let before = try snapshots(when: "after the schedule")
      try check(atMost: .warning, when: "after the schedule")
      try prune()
      let after = try snapshots(when: "after the last prune")
      if before != after { world.violate("the last prune changed the list of snapshots") }
      try check(atMost: .note, when: "after the last prune")
      try requireNoGarbage(after)
    } catch {
      world.violate("the judge can't go on: \(error)")
    }
  }

  /// Reads all snapshots, and gives their ids. One that nobody was told of must be whole as well, or not be there.
  private func snapshots(when moment: String) throws -> [Snapshot] {
    try repository.refreshIndex()
    let listing = try repository.snapshots()
    for (name, error) in listing.damaged { world.violate("\(moment) snapshot \(name) is damaged: \(error)") }
    for id in world.kept where !listing.snapshots.contains(where: { $0.id == id }) {
      world.violate("\(moment) snapshot \(id) is gone")
    }
    for id in world.keptOrReplaced
    where !listing.snapshots.contains(where: { $0.id == id || $0.tags.contains(Process.tag(ofReplaced: id)) }) {
      world.violate("\(moment) snapshot \(id) is gone, and nothing is in its place")
    }
    for snapshot in listing.snapshots {
      do {
        if try repository.readAll(snapshot) != world.content(of: snapshot)?.files {
          world.violate("\(moment) snapshot \(snapshot.id) reads as something else")
        }
      } catch {
        world.violate("\(moment) snapshot \(snapshot.id) can't be read: \(error)")
      }
    }
    return listing.snapshots
  }

  private func check(atMost worst: CheckFinding.Severity, when moment: String) throws {
    for finding in try repository.check(CheckOptions(data: .all, threads: 1)).findings where finding.severity > worst {
      world.violate("\(moment) the check finds \(finding.code) in \(finding.object): \(finding.message)")
    }
  }

  private func prune() throws {
    var options = PruneOptions()
    options.unused = .percentage(0)
    options.fencingAge = .zero
    options.patience = .zero
    let now = world.scheduler.now
    let report = try repository.prune(
      options, by: SessionOwner(time: now, host: "judge", user: "u", process: 0, program: "simulation"),
      watch: SessionWatch(now: { now }, pause: { _ in }, isDead: { _ in true }))
    if !report.waitingFor.isEmpty { world.violate("the last prune waits for \(report.waitingFor.map(\.id))") }
    for warning in report.warnings { world.violate("the last prune warns: \(warning)") }
  }

  private func requireNoGarbage(_ snapshots: [Snapshot]) throws {
    let contents = snapshots.compactMap(world.content)
    let blocks = Set(contents.flatMap { $0.directories.joined() })
    let trees = Set(contents.flatMap(\.trees))
    let totals = try repository.storedTotals()
    if totals.chunks != blocks.count + trees.count {
      world.violate("\(totals.chunks) chunks are stored and \(blocks.count + trees.count) are needed")
    }
    let objects = Dictionary(grouping: world.storage.contents.keys, by: \.area).mapValues(\.count)
    if objects[.packs, default: 0] != totals.packs {
      world.violate("\(objects[.packs, default: 0]) packs stand and the index names \(totals.packs)")
    }
    for area in [ObjectArea.intents, .tombstones] where objects[area] != nil {
      world.violate("\(objects[area, default: 0]) \(area.rawValue) are left")
    }
    if objects[.sweeps, default: 0] > 1 { world.violate("\(objects[.sweeps, default: 0]) sweep records are left") }
  }
}
