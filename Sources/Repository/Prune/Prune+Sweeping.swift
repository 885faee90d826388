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
    var final = try recordedSweep(number)
    if final == nil { final = try decide(tombstone, marks) }
    guard let final else { return false }
    guard try context.end(of: session) == nil else { throw .pruneTookOver }
    try sweep(final)
    return true
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
    let final = SweepRecord(
      number: tombstone.number, time: watch.now(), packs: doomed.subtracting(current.rescued).sorted())
    if try context.publish(sweepRecord: final) { return final }
    // Another prune was faster, and its decision counts.
    guard let recorded = try recordedSweep(tombstone.number) else { throw .pruneTookOver }
    return recorded
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
