import Backend
import Format

/// The records of prunes, as they were listed.
struct PruneRecords {
  /// The tombstone whose packs are not removed yet.
  let open: UInt64?
  /// The number of the next tombstone.
  let next: UInt64
  /// Records of prunes that have ended, which mean nothing any more.
  let void: [ObjectName]
}

extension RepositoryContext {
  /// The records of prunes.
  ///
  /// Tombstones are listed first: one that is closed meanwhile has its sweep record, which stays until a later one is
  /// closed, and that can't be without fencing off the session that is listing.
  func pruneRecords() throws(RepositoryError) -> PruneRecords {
    let tombstones = try numbers(.tombstones)
    let sweeps = try numbers(.sweeps)
    let lastSweep = sweeps.max() ?? 0
    var void: [ObjectName] = []
    for number in tombstones where number < lastSweep { void.append(try .pruneRecord(.tombstones, number)) }
    for number in sweeps where number < lastSweep { void.append(try .pruneRecord(.sweeps, number)) }
    return PruneRecords(
      open: tombstones.filter { $0 >= lastSweep }.min(),
      next: max(lastSweep, tombstones.max() ?? 0) + 1,
      void: void)
  }

  /// The packs that standing tombstones name: nothing in them may be referred to.
  func condemnedPacks() throws(RepositoryError) -> Set<PackID> {
    var packs: Set<PackID> = []
    for number in try numbers(.tombstones) {
      do throws(RepositoryError) {
        packs.formUnion(try tombstone(number).packs)
      } catch let error where error.code == .missing {
        // Its prune has ended since the list was read, and no segment of the index names its packs any more.
        continue
      }
    }
    return packs
  }

  func tombstone(_ number: UInt64) throws(RepositoryError) -> Tombstone { try packSet(.tombstone, .tombstones, number) }

  func sweepRecord(_ number: UInt64) throws(RepositoryError) -> SweepRecord { try packSet(.sweep, .sweeps, number) }

  /// Publishes a tombstone; false if its number is taken.
  func publish(tombstone: Tombstone) throws(RepositoryError) -> Bool {
    try publish(tombstone, .tombstone, in: .tombstones)
  }

  /// Publishes a sweep record; false if its tombstone has one.
  func publish(sweepRecord: SweepRecord) throws(RepositoryError) -> Bool {
    try publish(sweepRecord, .sweep, in: .sweeps)
  }

  private func publish(
    _ set: PackSet, _ kind: RecordKind, in area: ObjectArea
  ) throws(RepositoryError) -> Bool {
    let body = try RepositoryError.wrapping("\(kind) \(set.number)") { () throws(FormatError) in try set.encode() }
    return try publish(
      kind, in: area, as: PackSet.objectName(number: set.number), body: body, "\(kind) record \(set.number)")
  }

  private func packSet(
    _ kind: RecordKind, _ area: ObjectArea, _ number: UInt64
  ) throws(RepositoryError) -> PackSet {
    let name = try ObjectName.pruneRecord(area, number)
    let body = try record([kind], name, limit: kind.objectLengthLimit).body
    let set = try RepositoryError.wrapping("\(name)") { () throws(FormatError) in
      try body.withBytes { (bytes) throws(FormatError) in try PackSet.decode(bytes) }
    }
    guard set.number == number else {
      throw RepositoryError(.damaged, "\(name) says that its number is \(set.number)")
    }
    return set
  }

  private func numbers(_ area: ObjectArea) throws(RepositoryError) -> [UInt64] {
    let listing = try RepositoryError.wrapping("the list of \(area.rawValue)") { () throws(BackendError) in
      try backend.list(area)
    }
    return listing.objects.compactMap { PackSet.number(objectName: $0.name.name) }
  }
}
