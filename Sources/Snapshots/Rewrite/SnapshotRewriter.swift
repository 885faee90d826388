import Cryptography
import FileSystem
public import Format
import Patterns
public import Repository

/// Puts changed snapshots in the place of others: with other tags, pinned or not, or with less in their trees.
///
/// A snapshot is never changed itself. A new one is published that is the same but for the change, and after that the old
/// one is removed; whatever cuts this off leaves one of them or both, and doing it again finishes it.
public struct SnapshotRewriter {
  /// What became of a snapshot.
  public enum Outcome: Sendable {
    /// There was nothing to change in it.
    case unchanged
    /// This one is there for it now; in a rehearsal it would be, with another id.
    case changed(Snapshot)
    /// It was to stay, and this one was made from it in the same way before.
    case madeBefore(Snapshot)
  }

  private static let attemptLimit = 3
  /// The tag of a snapshot beside which the one that it was made from stays.
  private static let copyTag = "rewrite"
  /// The tag of a snapshot from which something was dropped that can't be had.
  public static let repairTag = "repaired"

  private let repository: Repository
  private let reading: RepositoryReading
  private let change: SnapshotChange
  private let owner: SessionOwner
  private let isRehearsal: Bool
  private let known: [SnapshotID: Snapshot]
  /// The snapshots that were made from others, by the hash of the object that they were made from last.
  private let made: [Digest256: [Snapshot]]

  /// A rewriter that makes one change to any number of snapshots.
  ///
  /// - Parameters:
  ///   - owner: who does this.
  ///   - known: the snapshots of the repository, in which those are found that were made before.
  ///   - isRehearsal: nothing is changed.
  /// - Throws: `.forbidden` for a write key, which may add snapshots and not replace them.
  public init(
    repository: Repository, change: SnapshotChange, by owner: SessionOwner, known: [Snapshot], isRehearsal: Bool = false
  ) throws(RepositoryError) {
    reading = try repository.reading(to: "change snapshots")
    self.repository = repository
    self.change = change
    self.owner = owner
    self.isRehearsal = isRehearsal
    self.known = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
    let replacing = known.compactMap { snapshot in snapshot.replaces.last.map { ($0, snapshot) } }
    made = Dictionary(grouping: replacing, by: \.0).mapValues { $0.map(\.1) }
  }

  /// Changes one snapshot.
  ///
  /// - Parameter observe: told of each step through the tree, if that is to change; what it throws ends the work. It is
  ///   told all again, from the first on, if a prune makes the work start anew.
  /// - Throws: `SnapshotsError`, `.notFound` if the snapshot is gone, `.damaged`; `RepositoryError`, `.busy` if a prune is
  ///   removing what it needs, `.fenced` if prunes got in the way again and again.
  public func rewrite(_ id: SnapshotID, observe: @escaping (RewriteStep) throws -> Void = { _ in }) throws -> Outcome {
    if try isKnownUnchanged(id) { return .unchanged }
    for _ in 1..<Self.attemptLimit {
      do {
        return try attempt(id, observe)
      } catch let error as RepositoryError where error.code == .fenced {
        // Nothing was changed.
      }
    }
    return try attempt(id, observe)
  }

  /// Whether there is nothing to change, as far as can be said without a session. A snapshot's record never changes.
  private func isKnownUnchanged(_ id: SnapshotID) throws(FormatError) -> Bool {
    guard change.excluded == nil, !change.dropsDamaged, let old = known[id] else { return false }
    var new = old
    change.apply(to: &new)
    return try new.encode() == old.encode()
  }

  private func attempt(_ id: SnapshotID, _ observe: @escaping (RewriteStep) throws -> Void) throws -> Outcome {
    let session = try repository.beginWriting(.rewrite, by: owner, isRehearsal: isRehearsal)
    do {
      return try rewrite(id, in: session, observe)
    } catch {
      // The first error is the one to tell; an intent that stays behind does no harm.
      session.cancel()
      try? repository.abandon(session, after: error)
      throw error
    }
  }

  private func rewrite(
    _ id: SnapshotID, in session: WriteSession, _ observe: @escaping (RewriteStep) throws -> Void
  ) throws -> Outcome {
    // Only what is found now, after the intent was published, is kept by every prune that comes.
    let (old, hash) = try stored(id)
    if change.dropsDamaged, session.hasCondemnedPacks {
      throw RepositoryError(.busy, "a prune is removing packs or was cut off; finish it with \"firn prune\" first")
    }
    let writer = try session.chunkWriter()
    let changed = try changed(old, writer, observe)
    try writer.flush()
    try session.finish()
    guard try changed.encode() != old.encode() else {
      try repository.abandon(session)
      return .unchanged
    }
    let new = successor(changed, of: hash, as: session.snapshotID)
    if let made = try madeBefore(like: new, from: hash) {
      if change.keepsOld || isRehearsal {
        try repository.abandon(session)
      } else {
        try repository.end(session, removing: id)
      }
      return change.keepsOld ? .madeBefore(made) : .changed(made)
    }
    guard !isRehearsal else {
      try repository.abandon(session)
      return .changed(new)
    }
    try requireStored(new, madeFrom: id, session, writer)
    try repository.commit(new, of: session, madeFrom: id, removesOld: !change.keepsOld)
    return .changed(new)
  }

  private func stored(_ id: SnapshotID) throws -> (snapshot: Snapshot, hash: Digest256) {
    do throws(RepositoryError) {
      return try repository.storedSnapshot(id)
    } catch {
      guard error.code == .missing else { throw error }
      throw SnapshotsError(
        .notFound, "snapshot \(id) is not there any more; it was forgotten, or changed by another command")
    }
  }

  /// The snapshot with everything changed that is to be; the same as before if there is nothing.
  private func changed(
    _ old: Snapshot, _ writer: ChunkWriter, _ observe: @escaping (RewriteStep) throws -> Void
  ) throws -> Snapshot {
    var new = old
    change.apply(to: &new)
    guard change.excluded != nil || change.dropsDamaged else { return new }
    let patterns = change.excluded ?? PathPatternList()
    let probe = try change.dropsDamaged ? ContentProbe(reading) : nil
    let sources = try SourceTree(of: old)
    var trees = TreeRewriter(
      repository: repository, reader: try reading.treeReader(), writer: writer, probe: probe, observe: observe)
    for index in new.roots.indices {
      if let probe, try !probe.canRead(directory: new.roots[index].tree) {
        throw SnapshotsError(.damaged, "nothing of snapshot \(old.id) can be had; forget it")
      }
      new.roots[index].tree = try trees.rewrite(new.roots[index].tree, sources: sources, excluding: patterns)
    }
    guard new.roots != old.roots else { return new }
    if change.dropsDamaged { new.tags = (new.tags + [Self.repairTag]).distinctByBytes() }
    new.excludes += change.excludeDescriptions.filter { !old.excludes.contains($0) }
    // What the backup did stays said; what there is changes.
    new.statistics.files = trees.statistics.files
    new.statistics.directories = trees.statistics.directories
    new.statistics.others = trees.statistics.others
    new.statistics.bytes = trees.statistics.bytes
    return new
  }

  /// The changed snapshot with what tells it from the one that it was made from.
  private func successor(_ changed: Snapshot, of hash: Digest256, as id: SnapshotID) -> Snapshot {
    var new = changed
    new.id = id
    new.replaces = (new.replaces + [hash]).suffix(Limits.replacedSnapshots)
    if change.keepsOld, !change.dropsDamaged { new.tags = (new.tags + [Self.copyTag]).distinctByBytes() }
    return new
  }

  /// The snapshot that the same change made from the same object, if it is still there: the change was cut off before it
  /// had removed the old snapshot, or was to keep it.
  private func madeBefore(like new: Snapshot, from hash: Digest256) throws -> Snapshot? {
    for made in made[hash] ?? [] {
      var same = new
      same.id = made.id
      if try same.encode() == made.encode(), try isStored(made.id) { return made }
    }
    return nil
  }

  private func isStored(_ id: SnapshotID) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      _ = try repository.storedSnapshot(id)
      return true
    } catch let error where error.code == .missing {
      return false
    }
  }

  /// Makes sure that no prune that is under way removes what the new snapshot refers to. Without one there is nothing
  /// to look at: prunes that come find this session's intent.
  private func requireStored(
    _ new: Snapshot, madeFrom old: SnapshotID, _ session: WriteSession, _ writer: ChunkWriter
  ) throws {
    guard session.hasCondemnedPacks else { return }
    var references = StoredReferences(
      reader: try reading.treeReader(), chunks: try reading.chunkReader(), writer: writer)
    for root in new.roots {
      guard try !references.holds(root.tree) else { continue }
      throw RepositoryError(
        .busy,
        "snapshot \(old) can't be changed now: a prune is removing packs that it needs")
    }
  }
}

/// A step on the way through a snapshot's tree.
public enum RewriteStep: Sendable {
  /// A directory is gone through.
  case entered(path: [UInt8])
  /// What stands at a path is left out, with all that is below it.
  case dropped(path: [UInt8])
}

extension SourceTree {
  /// The tree of the paths that a snapshot says it is of.
  fileprivate init(of snapshot: Snapshot) throws(SnapshotsError) {
    var paths: [[FileName]] = []
    for text in snapshot.paths {
      guard let path = try? PathText.unescape(text) else {
        throw SnapshotsError(.damaged, "snapshot \(snapshot.id) names a path that is none")
      }
      let names = path.split(separator: SnapshotPath.separator).map { FileName($0) }
      guard !names.contains(nil) else {
        throw SnapshotsError(.damaged, "snapshot \(snapshot.id) names a path that is none")
      }
      paths.append(names.compactMap(\.self))
    }
    self.init(paths)
  }
}
