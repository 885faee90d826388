import Backend
import Format

extension Prune {
  /// Removes a tombstone's packs, once nobody can refer to them any more; false if sessions have to be waited for.
  ///
  /// - Parameter marks: the mark that the tombstone was made from, if this prune made it.
  func finish(_ number: UInt64, marks: LiveChunks?) throws(RepositoryError) -> Bool {
    let tombstone = try readableTombstone(number)
    let final: SweepRecord?
    switch try recordedSweep(number) {
    case .record(let recorded):
      guard try resolveSessions(number) else { return false }
      final = try withoutNeeded(recorded)
    case .absent where tombstone == nil: final = try decideOnNothing(number)
    case .absent, .unreadable:
      // Of a decision that can't be read any more all is known that matters: nothing in it is needed. Somebody may be
      // carrying it out still, so all that may be in it goes before anybody can refer to it: the tombstone's packs or, as
      // that can't be read either, whatever is not needed.
      let packs = if let tombstone { tombstone.packs } else { try context.listPacks().map(\.id) }
      final = try decide(Tombstone(number: number, time: watch.now(), packs: packs), marks)
    }
    guard let final else { return false }
    guard try context.end(of: session) == nil else { throw .pruneTookOver }
    try sweep(final)
    let name = try ObjectName.pruneRecord(.tombstones, number)
    if tombstone == nil {
      try setAside(name)
      report.warn(.damaged, "\(name) could not be read, and was set aside; nothing is lost")
    } else {
      try delete([name])
    }
    try delete(try context.pruneRecords().void)
    return true
  }

  /// What there is under the name of a sweep record.
  private enum RecordedSweep {
    case record(SweepRecord)
    case unreadable
    case absent
  }

  private func recordedSweep(_ number: UInt64) throws(RepositoryError) -> RecordedSweep {
    do throws(RepositoryError) {
      return .record(try context.sweepRecord(number))
    } catch let error where error.code == .missing {
      return .absent
    } catch let error where error.saysDamaged {
      return .unreadable
    }
  }

  /// The tombstone; nil if it can't be read.
  private func readableTombstone(_ number: UInt64) throws(RepositoryError) -> Tombstone? {
    do throws(RepositoryError) {
      return try context.tombstone(number)
    } catch let error where error.code == .missing {
      throw .pruneTookOver
    } catch let error where error.saysDamaged {
      return nil
    }
  }

  /// The decision about a tombstone that can't be read and about which none was made: none of its packs is removed.
  private func decideOnNothing(_ number: UInt64) throws(RepositoryError) -> SweepRecord {
    let final = SweepRecord(number: number, time: watch.now(), packs: [])
    if try context.publish(sweepRecord: final) { return final }
    guard case .record(let recorded) = try recordedSweep(number) else { throw .pruneTookOver }
    return try withoutNeeded(recorded)
  }

  /// What may go of that which another prune has decided about, once sessions that may refer to it have ended. All of it, unless
  /// the record is not that of a prune: sweep records are made with a key that every writer has.
  private func withoutNeeded(_ record: SweepRecord) throws(RepositoryError) -> SweepRecord {
    guard !record.packs.isEmpty else { return record }
    let doomed = Set(record.packs)
    let needed = try mark(condemned: doomed).0.rescued
    if let pack = needed.min() {
      report.warn(
        .damaged,
        "\(needed.count) packs that sweep record \(record.number) names are needed by snapshots and stay, such as \(pack)"
      )
    }
    var final = record
    final.packs = doomed.subtracting(needed).subtracting(try misdescribed(among: doomed)).sorted()
    return final
  }

  /// Decides which packs really go, and records it; nil if sessions have to be waited for.
  private func decide(_ tombstone: Tombstone, _ marks: LiveChunks?) throws(RepositoryError) -> SweepRecord? {
    guard try resolveSessions(tombstone.number) else { return nil }
    let doomed = Set(tombstone.packs)
    // What has been marked is safe outside of the condemned packs, while those stand that it was marked in. New are
    // snapshots, and what they need.
    let current =
      if let marks, try allStand(marks.packs), try markAgain(marks) { marks } else {
        try mark(condemned: doomed).0
      }
    let spared = current.rescued.union(try misdescribed(among: tombstone.packs))
    let final = SweepRecord(number: tombstone.number, time: watch.now(), packs: doomed.subtracting(spared).sorted())
    if try context.publish(sweepRecord: final) { return final }
    switch try recordedSweep(tombstone.number) {
    case .record(let recorded):
      // Another prune was faster, and its decision counts.
      return try withoutNeeded(recorded)
    case .unreadable:
      let name = try ObjectName.pruneRecord(.sweeps, tombstone.number)
      try setAside(name)
      report.warn(.damaged, "\(name) could not be read, and was set aside; nothing is lost")
      guard try context.publish(sweepRecord: final) else { throw .pruneTookOver }
      return final
    case .absent: throw .pruneTookOver
    }
  }

  /// Whether none of these packs is gone. A repair that began before the tombstone may have set some aside, and of what can't
  /// be read in them the only copies left may be condemned.
  private func allStand(_ packs: Set<PackID>) throws(RepositoryError) -> Bool {
    packs.isSubset(of: try context.listPacks().map(\.id))
  }

  /// Index before data, so that nothing ever leads to a pack that is gone.
  private func sweep(_ record: SweepRecord) throws(RepositoryError) {
    try repository.refreshIndex()
    let doomed = Set(record.packs)
    // Packs that no segment names can go at once, which makes room for the segments that are written.
    let indexed = Set(try index.packNumbers().map(\.id))
    try delete(packs: record.packs.filter { !indexed.contains($0) })
    try rewriteIndex(without: doomed)
    try delete(packs: record.packs.filter { indexed.contains($0) })
  }

  private func delete(packs: [PackID]) throws(RepositoryError) {
    let batch = 256
    for start in stride(from: 0, to: packs.count, by: batch) {
      var names: [ObjectName] = []
      for pack in packs[start..<min(packs.count, start + batch)] { names.append(try .pack(pack)) }
      for name in names {
        if let length = try context.length(of: name) { report.removed.add(length) }
      }
      try delete(names)
      progress(PruneProgress(phase: .sweeping, done: UInt64(start + names.count), total: UInt64(packs.count)))
    }
  }
}
