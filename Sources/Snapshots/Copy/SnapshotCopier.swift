public import Cryptography
public import Format
public import Repository

/// Copies snapshots of one repository to others.
///
/// Each snapshot is a session of its own in each target, published when all that it refers to is durable there, so that what is
/// cut off goes on from what was stored. A target that has failed holds up nobody; a slow one sets the pace for all.
public final class SnapshotCopier {
  /// How often one snapshot is begun: prunes of the source and the targets get in the way.
  private static let attemptLimit = 4

  private let source: Repository
  private let reading: RepositoryReading
  private let owner: @Sendable () -> SessionOwner
  private let progress: CopyProgress
  private let observe: (CopyEvent) throws -> Void
  private var targets: [CopyTarget] = []

  /// - Parameters:
  ///   - owner: who does this; it is asked for each session.
  ///   - observe: told what became of each snapshot and target; what it throws ends the work.
  /// - Throws: `.forbidden` for a write key of the source; `.invalidArgument` if a target is the source, or another target.
  public init(
    from source: Repository, to targets: [Repository], by owner: @escaping @Sendable () -> SessionOwner,
    progress: CopyProgress, observe: @escaping (CopyEvent) throws -> Void
  ) throws {
    var uuids: [RepositoryUUID: String] = [source.uuid: source.location]
    for target in targets {
      if let other = uuids.updateValue(target.location, forKey: target.uuid) {
        throw SnapshotsError(
          .invalidArgument, "\(target.location) is the same repository as \(other), or was made from it byte by byte")
      }
    }
    reading = try source.reading(to: "copy snapshots")
    self.source = source
    self.owner = owner
    self.progress = progress
    self.observe = observe
    var damaged: [(target: Int, error: RepositoryError)] = []
    for (number, repository) in targets.enumerated() {
      do throws(RepositoryError) {
        let listing = try repository.snapshots()
        for (_, error) in listing.damaged {
          // One that can be read the next time must not be copied once more for that.
          guard error.code == .damaged else { throw error }
        }
        self.targets.append(CopyTarget(repository, number, of: source, holding: listing))
        damaged += listing.damaged.map { (number, $0.error) }
      } catch {
        try observe(.failed(target: number, error))
      }
    }
    for (target, error) in damaged { try observe(.damaged(target: target, error)) }
  }

  /// Copies snapshots, the oldest first, to every target that hasn't got them.
  ///
  /// - Parameter hashes: those of their objects.
  /// - Throws: what makes it impossible to go on for everybody: the source can't be reached, or the work is cancelled.
  public func copy(_ snapshots: [Snapshot], hashes: [SnapshotID: Digest256]) throws {
    try source.refreshIndex()
    for snapshot in snapshots {
      var due = try lacking(snapshot, hashes[snapshot.id])
      var attempts = 0
      while !due.isEmpty, attempts < Self.attemptLimit {
        due = try attempt(snapshot, due, isLast: attempts + 1 == Self.attemptLimit)
        attempts += 1
      }
      progress.finishSnapshot()
      if targets.allSatisfy({ $0.failure != nil }) { return }
    }
  }

  /// Says what ``copy(_:hashes:)`` would copy, and what can't be read of it as far as that shows without reading data.
  public func rehearse(_ snapshots: [Snapshot], hashes: [SnapshotID: Digest256]) throws {
    try source.refreshIndex()
    var rehearsals: [CopyRehearsal] = []
    defer { for rehearsal in rehearsals { abandon(rehearsal.transfer) } }
    for target in targets {
      do throws(RepositoryError) {
        rehearsals.append(CopyRehearsal(try begin(target, isRehearsal: true), from: reading))
      } catch {
        try fail(target, error)
      }
    }
    for snapshot in snapshots {
      let due = try lacking(snapshot, hashes[snapshot.id])
      for rehearsal in rehearsals where due.contains(where: { $0 === rehearsal.transfer.target }) {
        let target = rehearsal.transfer.target
        let found = try rehearsal.bytes(of: snapshot, observe: check)
        if let error = rehearsal.transfer.intake.failure {
          try fail(target, error)
          continue
        }
        // Nobody would get it.
        if try tell(lost: snapshot, found.lost) { break }
        try observe(
          .copied(
            CopiedSnapshot(original: snapshot, id: nil, target: target.number, newBytes: found.bytes, storedBytes: 0)))
      }
      progress.finishSnapshot()
    }
  }

  /// The targets that haven't got a snapshot.
  private func lacking(_ snapshot: Snapshot, _ hash: Digest256?) throws -> [CopyTarget] {
    var lacking: [CopyTarget] = []
    for target in targets where target.failure == nil {
      if let hash, let copy = target.findCopy(of: snapshot, hash: hash) {
        try observe(.present(snapshot, as: copy, target: target.number))
      } else {
        lacking.append(target)
      }
    }
    return lacking
  }

  /// Begins with a snapshot; nil if another copy has brought it meanwhile, or the target fails.
  private func begin(_ target: CopyTarget, for snapshot: Snapshot, _ hash: Digest256) throws -> CopyTransfer? {
    let transfer: CopyTransfer
    do throws(RepositoryError) {
      transfer = try begin(target)
    } catch {
      try fail(target, error)
      return nil
    }
    guard let copy = target.findCopy(of: snapshot, hash: hash) else { return transfer }
    abandon(transfer)
    try observe(.present(snapshot, as: copy, target: target.number))
    return nil
  }

  private func begin(_ target: CopyTarget, isRehearsal: Bool = false) throws(RepositoryError) -> CopyTransfer {
    let repository = target.repository
    let session = try repository.beginWriting(
      .copy, by: owner(), adopting: target.adopted, isRehearsal: isRehearsal)
    do throws(RepositoryError) {
      try target.update(listedBy: session)
      return CopyTransfer(
        target: target, intake: ChunkIntake(of: session, in: repository, from: source),
        whole: try target.wholeTrees(in: session))
    } catch {
      try? repository.abandon(session, after: error)
      throw error
    }
  }

  /// Copies a snapshot to those targets.
  ///
  /// - Returns: those for which it has to be begun again.
  private func attempt(_ snapshot: Snapshot, _ due: [CopyTarget], isLast: Bool) throws -> [CopyTarget] {
    try check()
    guard let hash = try standing(snapshot) else { return [] }
    var transfers: [CopyTransfer] = []
    var again: [CopyTarget] = []
    do {
      for target in due {
        if let transfer = try begin(target, for: snapshot, hash) { transfers.append(transfer) }
      }
      guard !transfers.isEmpty else { return [] }
      guard let visited = try copyContent(of: snapshot, transfers) else {
        for transfer in transfers { abandon(transfer) }
        return []
      }
      // Before it stands anywhere: what can't be read here is told of the snapshot and not of a target.
      var trees: [[ChunkID]] = []
      for transfer in transfers { trees.append(try translate(snapshot, transfer)) }
      while let transfer = transfers.first {
        transfers.removeFirst()
        if try publish(snapshot, hash, trees.removeFirst(), transfer, visited: visited, isLast: isLast) {
          again.append(transfer.target)
        }
      }
      return again
    } catch {
      for transfer in transfers { abandon(transfer, after: error) }
      guard let error = error as? RepositoryError, error.saysLost else { throw error }
      guard error.code == .missing, !isLast else {
        try tell(lost: snapshot, [], error)
        return again
      }
      // A prune of the source has moved what was to be read.
      try source.refreshIndex()
      return again + transfers.map(\.target)
    }
  }

  /// The hash of the object of a snapshot of the source; nil if that is gone or can't be read, which is told.
  private func standing(_ snapshot: Snapshot) throws -> Digest256? {
    do throws(RepositoryError) {
      return try source.storedSnapshot(snapshot.id).hash
    } catch let error where error.saysLost {
      try tell(lost: snapshot, [], error)
      return nil
    }
  }

  /// Hands over to the targets' sessions what they lack of a snapshot but for directories that have other names there.
  ///
  /// - Returns: the tree objects that were gone through; nil if something can't be read, which was told.
  private func copyContent(of snapshot: Snapshot, _ transfers: [CopyTransfer]) throws -> [ChunkID]? {
    let lacking = try LackingChunks(in: transfers.map(\.intake), from: reading)
    var walk = CopyWalk(trees: try reading.treeReader(), chunks: try reading.chunkReader())
    for root in snapshot.roots {
      try walk.add(
        root.tree, to: lacking, unless: { tree in transfers.allSatisfy { $0.whole.contains(tree) } }, observe: check)
    }
    // What is copied of a snapshot that will not stand is rubbish, which the next prune takes away and the next copy brings again.
    if try tell(lost: snapshot, lacking.lost) { return nil }
    let copier = FrameCopier(lacking, from: reading) { [progress] in
      progress.add(bytes: $0)
    } isCancelled: { [progress] in
      progress.isCancelled
    }
    return try tell(lost: snapshot, try copier.run()) ? nil : walk.visited
  }

  /// The trees of a snapshot's roots as they are called in a target; none if that can't go on.
  ///
  /// - Throws: what fails in the source.
  private func translate(_ snapshot: Snapshot, _ transfer: CopyTransfer) throws -> [ChunkID] {
    guard transfer.intake.failure == nil else { return [] }
    guard transfer.intake.isTranslating else { return snapshot.roots.map(\.tree) }
    do {
      let writer = try transfer.intake.storing { () throws(RepositoryError) in try transfer.intake.session.chunkWriter()
      }
      let names = TreeTransfer(
        to: transfer.intake, from: try reading.chunkReader(), storingIn: writer, done: transfer.whole, observe: check)
      var rewriter = TreeRewriter(
        repository: transfer.target.repository, reader: try reading.treeReader(), writer: writer,
        transfer: names, observe: { [progress] _ in try progress.check() })
      var trees: [ChunkID] = []
      for root in snapshot.roots { trees.append(try rewriter.rewrite(root.tree)) }
      try names?.finish()
      return trees
    } catch {
      if transfer.intake.failure != nil { return [] }
      // A directory that can't be read is named in the error around what the repository says.
      throw (error as? SnapshotsError)?.cause as? RepositoryError ?? error
    }
  }

  /// Makes a snapshot stand in a target.
  ///
  /// - Returns: whether it was fenced off and has to begin again.
  private func publish(
    _ snapshot: Snapshot, _ hash: Digest256, _ trees: [ChunkID], _ transfer: CopyTransfer, visited: [ChunkID],
    isLast: Bool
  ) throws -> Bool {
    let (target, session) = (transfer.target, transfer.intake.session)
    var present: SnapshotID?
    do throws(RepositoryError) {
      if let failure = transfer.intake.failure { throw failure }
      try session.finish()
      // It may have taken so long that another copy has brought it.
      try target.update()
      present = target.findCopy(of: snapshot, hash: hash)
      if present == nil {
        let copy = target.record(of: snapshot, hash: hash, trees: trees, as: session.snapshotID)
        try target.repository.commit(copy, of: session)
        target.noteCopy(copy, of: snapshot, trees: visited)
      }
    } catch {
      abandon(transfer, after: error)
      guard error.code == .fenced, !isLast else {
        try fail(target, error)
        return false
      }
      target.adopted = session.unpublishedPacks
      return true
    }
    if let present {
      abandon(transfer)
      try observe(.present(snapshot, as: present, target: target.number))
      return false
    }
    try observe(
      .copied(
        CopiedSnapshot(
          original: snapshot, id: session.snapshotID, target: target.number, newBytes: session.counters.newBytes,
          storedBytes: session.counters.storedBytes)))
    return false
  }

  /// Tells that a snapshot can't be read whole, unless it need not be: what one that was forgotten needs is gone with the next
  /// prune.
  private func tell(lost snapshot: Snapshot, _ chunks: Set<ChunkID>, _ reason: RepositoryError) throws {
    if let error = try errorOfRecord(snapshot) {
      try observe(error.code == .missing ? .gone(snapshot) : .unreadable(snapshot, LostContent(error)))
      return
    }
    var lost = LostContent(reason)
    try lost.findPaths(of: chunks, in: snapshot, reading, observe: check)
    try observe(.unreadable(snapshot, lost))
  }

  /// As ``tell(lost:_:_:)``, if anything is lost.
  private func tell(lost snapshot: Snapshot, _ chunks: LostChunks) throws -> Bool {
    guard let reason = chunks.reason else { return false }
    try tell(lost: snapshot, chunks.ids, reason)
    return true
  }

  /// What is wrong with a snapshot's own object.
  private func errorOfRecord(_ snapshot: Snapshot) throws(RepositoryError) -> RepositoryError? {
    do throws(RepositoryError) {
      _ = try source.storedSnapshot(snapshot.id)
      return nil
    } catch let error where error.saysLost {
      return error
    }
  }

  private func fail(_ target: CopyTarget, _ error: RepositoryError) throws {
    if error.code == .cancelled { throw error }
    target.fail(error)
    try observe(.failed(target: target.number, error))
  }

  private func abandon(_ transfer: CopyTransfer, after error: (any Error)? = nil) {
    // The first error is the one to tell; an intent that stays behind does no harm.
    transfer.intake.session.cancel()
    try? transfer.target.repository.abandon(transfer.intake.session, after: transfer.intake.failure ?? error)
  }

  private func check() throws { try progress.check() }
}
