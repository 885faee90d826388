import Backend
import Format

/// What became of snapshot objects that can't be read.
public struct SnapshotRecordReport: Sendable {
  /// Their parity or this client's cache had enough of them, and they are there again.
  public var restored: [RepairProblem] = []
  /// They were set aside.
  public var forgotten: [RepairProblem] = []
  /// They stay as they are; while they do, a prune removes nothing.
  public var remaining: [RepairProblem] = []

  /// Whether every snapshot object can be read.
  public var isClean: Bool { restored.isEmpty && forgotten.isEmpty && remaining.isEmpty }
}

extension Repository {
  /// Puts snapshot objects that can't be read back from this client's cache where that has them.
  ///
  /// - Parameter forgets: whether the others are set aside.
  /// - Throws: as ``repairIndex(readsAll:isDryRun:by:watch:progress:isCancelled:)``.
  public func repairSnapshotRecords(
    forgets: Bool, isDryRun: Bool = false, by owner: SessionOwner, watch: SessionWatch
  ) throws(RepositoryError) -> SnapshotRecordReport {
    try repairing(by: owner, watch: watch, isDryRun: isDryRun) { (session) throws(RepositoryError) in
      var report = SnapshotRecordReport()
      let cached = try SnapshotCache(cache: cache).all()
      for (name, error) in try context.damagedSnapshots() {
        let problem = RepairProblem("\(name)", "\(error)")
        if try session.heal(name) {
          report.restored.append(problem)
        } else if let known = cached[name.name], known.kind == .snapshot {
          report.restored.append(problem)
          if !isDryRun { try context.replace(damaged: name, by: known.kind, body: known.body) }
        } else if forgets {
          report.forgotten.append(problem)
          try session.forget(name)
        } else {
          report.remaining.append(problem)
        }
      }
      return report
    }
  }

  /// Makes sure that the index names nothing but packs that stand, so that what it says can be relied on.
  ///
  /// - Throws: `.damaged` with what to do first.
  public func requireStandingPacks() throws(RepositoryError) {
    let lengths = Dictionary(try context.listPacks().map { ($0.id, $0.length) }) { first, _ in first }
    do throws(RepositoryError) {
      try refreshIndex()
    } catch let error where error.saysDamaged {
      throw RepositoryError(.damaged, "the index is damaged; run repair index first", cause: error)
    }
    var odd: PackID?
    try index.forEachPack { pack, _ in if lengths[pack.id] != pack.length { odd = pack.id } }
    // One that a backup has published since the list was read is as it should be.
    guard let odd, try context.listedPack(odd)?.length != index.description(of: odd)?.length else { return }
    throw RepositoryError(.damaged, "pack \(odd) is missing or cut off; run repair packs first")
  }
}

extension RepairSession {
  /// Sets a damaged snapshot object aside. It may have been the abort record of a session that is still running, so its name
  /// stays taken.
  fileprivate func forget(_ name: ObjectName) throws(RepositoryError) {
    guard let id = SnapshotID(hex: name.name) else { return try quarantine(name) }
    guard !isDryRun else { return }
    let record = AbortRecord(id: id, time: now, tombstone: 0)
    let body = try RepositoryError.wrapping("abort record \(id)") { () throws(FormatError) in try record.encode() }
    try context.replace(damaged: name, by: .abort, body: body)
  }
}

extension RepositoryContext {
  /// The snapshot objects that can't be read, with the reasons.
  fileprivate func damagedSnapshots() throws(RepositoryError) -> [(name: ObjectName, error: RepositoryError)] {
    var damaged: [(name: ObjectName, error: RepositoryError)] = []
    for object in try snapshotListing().objects {
      do throws(RepositoryError) {
        let record = try snapshotRecord(object.name)
        if record.kind == .snapshot { _ = try Snapshot(record.body, name: object.name.name) }
      } catch let error where error.saysDamaged {
        damaged.append((object.name, error))
      } catch let error where error.code == .missing {
        continue
      }
    }
    return damaged
  }
}
