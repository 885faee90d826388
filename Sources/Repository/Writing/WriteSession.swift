import Backend
public import Format
import Synchronization
import Threads

/// One writer's work on a repository, from its intent to its snapshot: the steps of protocols in ARCHITECTURE.md.
///
/// Workers get a ``ChunkWriter`` each. After `finish` every chunk that was stored is durable and indexed; a session
/// that is dropped before leaves packs and index segments that the next one re-uses.
public final class WriteSession: Sendable {
  let context: RepositoryContext
  let index: IndexStore
  let claims = ChunkClaims()
  /// Packs that a prune is about to remove: nothing in them may be referred to.
  let condemned: Set<PackID>
  /// How often entries had been removed from the index when the session began.
  let removals: UInt64
  /// What the snapshot is going to be written to: begun together with the session, which costs a server far away no time.
  private let snapshotUpload: Mutex<(any Upload)?>
  /// The snapshots that stood when the session began.
  let snapshotListing: Listing
  /// Nothing is stored; what would be is counted.
  let isRehearsal: Bool
  let compression: CompressionLevel
  /// What was stored so far.
  public let counters = WriteCounters()
  /// The id that the session's snapshot will have.
  public let snapshotID: SnapshotID

  let dataPacks: PackPool
  let metadataPacks: PackPool
  private let segments: SegmentSequence
  private let finisher: PackFinisher
  private let finisherThread: WorkerThread
  private let isJoined = Mutex(false)
  /// Chunks that a writer has gathered and not handed over.
  let unflushedChunks = Atomic<Int>(0)
  private let finished = Atomic<Bool>(false)
  private let isCancelled = Atomic<Bool>(false)

  /// How many packs of a kind may be open at once.
  private static let openPackLimit = 4

  init(
    context: RepositoryContext, index: IndexStore, snapshotID: SnapshotID, condemned: Set<PackID>,
    compression: CompressionLevel, isRehearsal: Bool, snapshotListing: Listing,
    snapshotUpload: sending (any Upload)?
  ) throws(RepositoryError) {
    self.context = context
    self.index = index
    self.snapshotID = snapshotID
    self.condemned = condemned
    self.compression = compression
    self.isRehearsal = isRehearsal
    self.snapshotListing = snapshotListing
    self.snapshotUpload = Mutex(snapshotUpload)
    removals = try index.removals()
    let claims = claims
    let segments = SegmentSequence(of: snapshotID, context: context)
    self.segments = segments
    let finisher = PackFinisher(context.execution) { (packs) throws(RepositoryError) in
      let segment = IndexSegment(packs: packs)
      let id = try segments.publish(segment)
      try index.insert(segment, id: id)
      for pack in packs { claims.release(pack.directory.chunks.lazy.map(\.id)) }
    }
    guard let thread = WorkerThread(starting: { finisher.run() }) else {
      throw RepositoryError(.backend, "no thread could be started for writing packs")
    }
    self.finisher = finisher
    finisherThread = thread
    dataPacks = PackPool(kind: .data, openLimit: Self.openPackLimit, context: context, finisher: finisher)
    metadataPacks = PackPool(kind: .metadata, openLimit: Self.openPackLimit, context: context, finisher: finisher)
  }

  deinit { join() }

  /// Whether a prune is under way that removes packs: what lies in them must not be referred to.
  public var hasCondemnedPacks: Bool { !condemned.isEmpty }

  /// Whether everything that a snapshot refers to is known to be stored where it may be referred to again.
  public func isComplete(_ snapshot: SnapshotID) throws(RepositoryError) -> Bool {
    guard condemned.isEmpty else { return false }
    return try index.isComplete(snapshot)
  }

  /// The upload that was begun for the snapshot; once.
  func takeSnapshotUpload() -> sending (any Upload)? { snapshotUpload.withLock { $0.take() } }

  /// A chunk writer for one worker thread.
  public func chunkWriter() throws(RepositoryError) -> ChunkWriter { try ChunkWriter(session: self) }

  /// Makes everything stored so far durable and indexed, and ends the writing. Every chunk writer must be flushed.
  ///
  /// - Throws: `.invalidArgument` if one was not: what it gathered may be lost, and a snapshot may refer to it.
  public func finish() throws(RepositoryError) {
    do throws(RepositoryError) {
      let unflushed = unflushedChunks.load(ordering: .acquiring)
      guard unflushed == 0 else {
        throw RepositoryError(.invalidArgument, "\(unflushed) chunks of a writer that was not flushed are not stored")
      }
      try dataPacks.drain()
      try metadataPacks.drain()
    } catch {
      join()
      throw error
    }
    join()
    if let failure = finisher.failure { throw failure }
    finished.store(true, ordering: .releasing)
  }

  /// Whether everything stored is durable and indexed.
  var isFinished: Bool { finished.load(ordering: .acquiring) }

  /// Whether a pack or segment that it published may yet take effect, whatever it failed with first.
  var leavesOutcomeOpen: Bool { finisher.openFailure != nil }

  /// Packs that the session made durable and could not enter into the index, for the session that starts in its place.
  public var unpublishedPacks: [PackDescription] {
    join()
    return finisher.unpublished
  }

  /// Enters packs of a session that was fenced off into the index, as this session's own.
  func adopt(_ packs: [PackDescription]) throws(RepositoryError) {
    // A prune that could have removed them since has named them in a tombstone that was listed; a later one waits for
    // this session.
    var standing: [PackDescription] = []
    for pack in packs where !condemned.contains(pack.id) {
      if try context.length(of: .pack(pack.id)) == pack.length { standing.append(pack) }
    }
    guard !standing.isEmpty else { return }
    let segment = IndexSegment(packs: standing)
    try index.insert(segment, id: try segments.publish(segment))
  }

  /// Asks the workers to stop: their next frame throws `.cancelled`.
  public func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func checkCancellation() throws(RepositoryError) {
    if isCancelled.load(ordering: .relaxed) {
      throw RepositoryError(.cancelled, "interrupted while chunks were stored")
    }
    if let failure = finisher.failure { throw failure }
  }

  /// Ends the writing and waits for packs that are being finished: nothing is published after it returns.
  func join() {
    finisher.close()
    isJoined.withLock { joined in
      if !joined { finisherThread.join() }
      joined = true
    }
  }
}
