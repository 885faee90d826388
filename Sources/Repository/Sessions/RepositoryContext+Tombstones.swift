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
  /// Objects whose numbers no prune can have come to: whoever can write to the storage may have put them there.
  let planted: [ObjectName]

  /// How far above all before it the number of a record can be. Prunes count by one, and pass over what was planted below this.
  static let numberGap: UInt64 = 1 << 32
}

extension RepositoryContext {
  /// The records of prunes.
  ///
  /// Tombstones are listed first: one that is closed meanwhile has its sweep record, which stays until a later one is
  /// closed, and that can't be without fencing off the session that is listing. Sweep records count that can be read:
  /// anything else under such a name says nothing about the tombstones below it.
  func pruneRecords() throws(RepositoryError) -> PruneRecords {
    let tombstones = try numbers(.tombstones)
    let sweeps = try numbers(.sweeps)
    var lastSweep: UInt64 = 0
    for number in sweeps.sorted() where number <= lastSweep + PruneRecords.numberGap {
      if try isReadable(sweep: number) { lastSweep = number }
    }
    let limit = lastSweep + PruneRecords.numberGap
    var void: [ObjectName] = []
    var planted: [ObjectName] = []
    for (area, numbers) in [(ObjectArea.tombstones, tombstones), (.sweeps, sweeps)] {
      for number in numbers where number < lastSweep { void.append(try .pruneRecord(area, number)) }
      for number in numbers where number > limit { planted.append(try .pruneRecord(area, number)) }
    }
    return PruneRecords(
      open: tombstones.filter { $0 >= lastSweep && $0 <= limit }.min(),
      next: ((tombstones + sweeps).filter { $0 <= limit }.max() ?? 0) + 1,
      void: void, planted: planted)
  }

  /// Whether an object is the sweep record of its number. One that was there a moment ago and is gone was, since prunes
  /// remove them.
  private func isReadable(sweep number: UInt64) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      _ = try sweepRecord(number)
      return true
    } catch let error where error.code == .missing {
      return true
    } catch let error where error.saysDamaged {
      return false
    }
  }

  /// The packs that the tombstones of a listing name: nothing in them may be referred to.
  ///
  /// - Returns: the packs, and whether a tombstone has gone since it was listed. Segments that were listed by then may name packs
  ///   that its prune has removed.
  func condemnedPacks(_ tombstones: Listing) throws(RepositoryError) -> (packs: Set<PackID>, haveGone: Bool) {
    var packs: Set<PackID> = []
    var haveGone = false
    for number in numbers(tombstones) {
      do throws(RepositoryError) {
        packs.formUnion(try tombstone(number).packs)
      } catch let error where error.code == .missing {
        // Its prune has ended since the list was read, and no segment of the index names its packs any more.
        haveGone = true
      } catch let error where error.saysDamaged {
        throw RepositoryError(
          error.code, "which packs a prune is removing can't be read; run prune, which sets the record aside",
          cause: error)
      }
    }
    return (packs, haveGone)
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
    return numbers(listing)
  }

  private func numbers(_ listing: Listing) -> [UInt64] {
    listing.objects.compactMap { PackSet.number(objectName: $0.name.name) }
  }
}
