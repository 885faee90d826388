import Backend
import Format

extension Prune {
  /// Removes a tombstone's packs, once nobody can refer to them any more; false if sessions have to be waited for.
  ///
  /// - Parameter marks: the mark that the tombstone was made from, if this prune made it.
  func finish(_ number: UInt64, marks: LiveChunks?) throws(RepositoryError) -> Bool {
    let tombstone: Tombstone
    do throws(RepositoryError) {
      tombstone = try context.tombstone(number)
    } catch let error where error.code == .missing {
      throw .pruneTookOver
    }
    let final: SweepRecord
    if let recorded = try recordedSweep(number) {
      final = try withoutNeeded(recorded)
    } else {
      guard let decided = try decide(tombstone, marks) else { return false }
      final = decided
    }
    guard try context.end(of: session) == nil else { throw .pruneTookOver }
    try sweep(final)
    return true
  }

  /// What may go of that which another prune has decided about. All of it, unless the record is not that of a prune: sweep
  /// records are made with a key that every writer has.
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

  /// The sweep record, if there is one.
  private func recordedSweep(_ number: UInt64) throws(RepositoryError) -> SweepRecord? {
    do throws(RepositoryError) {
      return try context.sweepRecord(number)
    } catch let error where error.code == .missing {
      return nil
    }
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
    // Another prune was faster, and its decision counts.
    guard let recorded = try recordedSweep(tombstone.number) else { throw .pruneTookOver }
    return try withoutNeeded(recorded)
  }

  /// Whether none of these packs is gone. A repair that began before the tombstone may have set some aside, and of what can't
  /// be read in them the only copies left may be condemned.
  private func allStand(_ packs: Set<PackID>) throws(RepositoryError) -> Bool {
    packs.isSubset(of: try context.listPacks().map(\.id))
  }

  /// Index before data, so that nothing ever leads to a pack that is gone; the tombstone last.
  private func sweep(_ record: SweepRecord) throws(RepositoryError) {
    try repository.refreshIndex()
    let doomed = Set(record.packs)
    // Packs that no segment names can go at once, which makes room for the segments that are written.
    let indexed = Set(try index.packNumbers().map(\.id))
    try delete(packs: record.packs.filter { !indexed.contains($0) })
    try rewriteIndex(without: doomed)
    try delete(packs: record.packs.filter { indexed.contains($0) })
    try delete([try .pruneRecord(.tombstones, record.number)])
    try delete(try context.pruneRecords().void)
  }

  private func delete(packs: [PackID]) throws(RepositoryError) {
    let batch = 256
    for start in stride(from: 0, to: packs.count, by: batch) {
      var names: [ObjectName] = []
      for pack in packs[start..<min(packs.count, start + batch)] { names.append(try .pack(pack)) }
      for name in names {
        if let length = try length(of: name) { report.removed.add(length) }
      }
      try delete(names)
      progress(PruneProgress(phase: .sweeping, done: UInt64(start + names.count), total: UInt64(packs.count)))
    }
  }

  /// An object's length; nil if it isn't there.
  private func length(of name: ObjectName) throws(RepositoryError) -> UInt64? {
    do throws(BackendError) {
      return try context.backend.size(of: name)
    } catch let error where error.code == .notFound {
      return nil
    } catch {
      throw RepositoryError(error, context: "\(name)")
    }
  }
}
