import Format
import Repository
import Snapshots
import TestSupport

extension Process {
  /// Takes a snapshot as the archiver does: beside a parent, and again if it was fenced off.
  func backUp(_ random: SeededGenerator) throws {
    var random = random
    let startsAnew = random.chance(0.2)
    var adopted: [PackDescription] = []
    var restarts = 0
    var content: Content?
    while true {
      let session = try repository.beginWriting(by: owner, adopting: adopted)
      do {
        try attempt(session, content: &content, startsAnew: startsAnew, &random)
        return
      } catch {
        session.cancel()
        try? repository.abandon(session, after: error)
        guard let error = error as? RepositoryError, error.code == .fenced, restarts < 3 else { throw error }
        adopted = session.unpublishedPacks
        restarts += 1
        world.count { $0.restarts += 1 }
        note("starts again")
      }
    }
  }

  private func attempt(
    _ session: WriteSession, content chosen: inout Content?, startsAnew: Bool, _ random: inout SeededGenerator
  ) throws {
    let known = try repository.snapshots().snapshots
    let parent = startsAnew || known.isEmpty ? nil : known[random.below(known.count)]
    let parentContent = parent.flatMap(world.content)
    // What is to be stored doesn't change while a backup starts again.
    var content = chosen ?? parentContent?.changed(&random) ?? .random(&random)
    chosen = content
    let isComplete = try parent.map { try session.isComplete($0.id) } ?? false
    let writer = try session.chunkWriter()
    try content.store(with: writer, parent: isComplete ? parentContent : nil) { pause() }
    try writer.flush()
    try session.finish()
    world.expect(content)
    try repository.commit(
      Snapshot(
        id: session.snapshotID, time: world.scheduler.now, host: host, user: "u",
        roots: [SnapshotRoot(kind: .tree, tree: content.root)], paths: ["/"],
        program: "simulation", sequence: 1),
      of: session)
    world.acknowledge(session.snapshotID)
    note("has snapshot \(session.snapshotID)\(isComplete ? ", beside a parent that was complete" : "")")
  }

  /// Forgets a snapshot that was taken.
  func forget() throws {
    let kept = world.kept
    guard !kept.isEmpty else { return }
    let id = kept[world.scheduler.draw { $0.below(kept.count) }]
    world.forget(id)
    try repository.forget([id])
    world.count { $0.forgotten += 1 }
  }

  /// Puts a snapshot with another tag in the place of one that was taken.
  func rewrite() throws {
    let kept = world.kept
    guard !kept.isEmpty else { return }
    let id = kept[world.scheduler.draw { $0.below(kept.count) }]
    var change = SnapshotChange()
    change.tags = .set([Self.tag(ofReplaced: id)])
    let rewriter = try SnapshotRewriter(
      repository: repository, change: change, by: owner, known: repository.snapshots().snapshots)
    world.replace(id)
    do {
      guard case .changed(let new) = try rewriter.rewrite(id) else { return world.violate("\(id) was not changed") }
      world.acknowledge(new.id)
      world.forget(id)
      world.count { $0.rewritten += 1 }
    } catch let error as SnapshotsError where error.code == .notFound {
      note("it is gone")
    }
  }

  /// Says whose place a snapshot has taken.
  static func tag(ofReplaced snapshot: SnapshotID) -> String { "of \(snapshot)" }
}
