import Chunking
import Cryptography
public import FileSystem
import Format
public import Repository
import Synchronization
import Threads

/// Takes snapshots.
public struct Archiver: Sendable {
  private let repository: Repository
  private let options: BackupOptions
  private let progress: BackupProgress

  /// An archiver for one backup.
  public init(repository: Repository, options: BackupOptions, progress: BackupProgress) {
    self.repository = repository
    self.options = options
    self.progress = progress
  }

  /// Takes a snapshot of paths.
  ///
  /// What can't be read is reported to the progress and left out; the snapshot is published all the same.
  /// - Throws: `SnapshotsError` if none of the paths exists, or the directory of one; `RepositoryError`.
  public func backUp(paths: [PathBytes], label: SnapshotLabel) throws -> BackupResult {
    let canonical = try paths.map(SourceTree.canonical)
    guard canonical.contains(where: SourceTree.exists) else {
      throw SnapshotsError(.notFound, "none of the paths to back up exists")
    }
    let texts = canonical.map(Self.text)
    return try run(label: label, paths: texts.distinctByBytes(), kind: .tree) { context in
      context.queue.push([
        .directory(
          DirectoryTask(
            place: nil, selection: Selection(options.exclusions, sources: SourceTree(canonical)),
            parentTree: context.parent.root))
      ])
      try work(context)
      guard let root = context.root.withLock({ $0 }) else {
        throw SnapshotsError(.fileSystem, "the root directory could not be read")
      }
      return root
    }
  }

  /// A path as a snapshot of it names it: with the links above it resolved.
  ///
  /// - Throws: `.notFound` if the directory that it is in can't be found.
  public static func recordedText(of path: PathBytes) throws(SnapshotsError) -> String {
    text(try SourceTree.canonical(path))
  }

  private static func text(_ names: [FileName]) -> String {
    "/" + names.map { PathText.escape($0.bytes) }.joined(separator: "/")
  }

  /// Takes a snapshot of a stream, as one file below the root directory.
  ///
  /// - Parameters:
  ///   - path: the file's path in the snapshot: names, from the root directory.
  ///   - next: fills a buffer and says how much it filled; less than all means the end.
  ///   - validate: called after the end and before anything is published; throwing keeps it from being published.
  public func backUp(
    stream next: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws -> Int, as path: [FileName],
    label: SnapshotLabel, validate: () throws -> Void
  ) throws -> BackupResult {
    guard let name = path.last else {
      throw SnapshotsError(.invalidArgument, "a stream needs a file name in the snapshot")
    }
    guard path.allSatisfy({ $0.bytes.count <= Limits.nameLength }) else {
      throw SnapshotsError(.invalidArgument, "a name in the snapshot has at most 255 bytes")
    }
    let text = "/" + path.map { PathText.escape($0.bytes) }.joined(separator: "/")
    return try run(label: label, paths: [text], kind: .stream) { context in
      let content = Mutex<(items: [ContentItem], length: UInt64)?>(nil)
      let file = LargeFile(.stream { items, length in content.withLock { $0 = (items, length) } })
      context.queue.push([.stream(file, next)])
      try work(context)
      try validate()
      guard let content = content.withLock({ $0 }) else { preconditionFailure("a stream that ended has content") }
      progress.finishedFile(unchanged: false)
      let node = Node(
        name: Array(name.bytes), type: .file, mode: 0o600, uid: 0, gid: 0, size: content.length, mtime: label.time,
        ctime: label.time, inode: 0, device: 0, linkCount: 1, content: .file(content.items))
      return try store(node, below: path.dropLast(), context)
    }
  }

  /// How often a backup starts again after it was fenced off.
  private static let restartLimit = 3

  /// Does the work, and again if a prune has fenced it off meanwhile: what it stored is found then, and only what the
  /// prune has condemned is stored anew. A stream can't be read again.
  private func run(
    label: SnapshotLabel, paths: [String], kind: SnapshotRoot.Kind, _ body: (ArchiveContext) throws -> ChunkID
  ) throws -> BackupResult {
    var adopted: [PackDescription] = []
    var restarts = 0
    while true {
      do {
        return try attempt(label: label, paths: paths, kind: kind, adopting: adopted, body)
      } catch let fencedOff as FencedOff {
        guard kind == .tree, restarts < Self.restartLimit else { throw fencedOff.error }
        adopted = fencedOff.packs
        restarts += 1
        progress.restart()
      }
    }
  }

  /// The backup's session was fenced off; the packs are durable and stand in no index segment.
  private struct FencedOff: Error {
    let error: RepositoryError
    let packs: [PackDescription]
  }

  /// Everything around the work itself: session, parent, publication.
  private func attempt(
    label: SnapshotLabel, paths: [String], kind: SnapshotRoot.Kind, adopting adopted: [PackDescription],
    _ body: (ArchiveContext) throws -> ChunkID
  ) throws -> BackupResult {
    let start = ContinuousClock.now
    let session = try repository.beginWriting(
      by: label.owner(), adopting: adopted, compression: options.compression, isRehearsal: options.dryRun)
    do {
      let listing = try repository.snapshots(listedBy: session)
      let known = listing.snapshots
      let parent = kind == .tree ? try parent(among: known, host: label.host, paths: paths) : nil
      let context = try ArchiveContext(
        repository: repository, session: session, options: options, progress: progress, parent: parent)
      // Made before the work, so that what can't be published is known before hours were spent on it, and a previous
      // snapshot that is forgotten meanwhile does no harm. Whoever plants the highest number must not end the sequence.
      let previous = known.filter { $0.host == label.host }.max { $0.sequence < $1.sequence }
      var snapshot = Snapshot(
        id: session.snapshotID, time: label.time, host: label.host, user: label.user, job: label.job,
        label: label.label, tags: label.tags.distinctByBytes(), roots: [], paths: paths,
        excludes: options.exclusions.descriptions, parent: parent?.id, program: label.program,
        sequence: min((previous?.sequence ?? 0) + 1, Limits.jsonNumber),
        previous: previous.flatMap { listing.hashes[$0.id] }, statistics: SnapshotStatistics())
      _ = try snapshot.encode()
      snapshot.roots = [SnapshotRoot(kind: kind, tree: try body(context))]
      // Also for a snapshot that is skipped: what the earlier one had lost was stored again.
      try session.finish()
      snapshot.statistics = statistics(session, since: start)
      let identical = options.skipsUnchanged && isCovered(snapshot, by: parent) ? parent?.id : nil
      let isPublished = !options.dryRun && identical == nil
      if isPublished { try repository.commit(snapshot, of: session) } else { try repository.abandon(session) }
      return BackupResult(
        snapshot: isPublished ? snapshot : nil, identical: identical, statistics: snapshot.statistics,
        unchangedFiles: progress.unchangedFiles, unreadableSnapshots: listing.damaged.map { "\($0.error)" })
    } catch {
      // The first error is the one to tell; an intent that stays behind does no harm.
      session.cancel()
      try? repository.abandon(session, after: error)
      if let error = error as? RepositoryError, error.code == .fenced {
        throw FencedOff(error: error, packs: session.unpublishedPacks)
      }
      throw error
    }
  }

  /// Runs the workers until the queue closes.
  private func work(_ context: ArchiveContext) throws {
    WorkerThreads.run(context.workers) { _ in
      do {
        try ArchiveWorker(context).run()
      } catch {
        context.queue.close(error)
      }
    }
    if let failure = context.queue.failure { throw failure }
  }

  private func parent(
    among snapshots: [Snapshot], host: String, paths: [String]
  ) throws(SnapshotsError) -> Snapshot? {
    switch options.parent {
    case .none: return nil
    case .automatic: return snapshots.last { $0.host.hasSameBytes(as: host) && $0.paths.haveSameBytes(as: paths) }
    case .snapshot(let id):
      guard let snapshot = snapshots.first(where: { $0.id == id }) else {
        throw SnapshotsError(.notFound, "there is no snapshot \(id) to compare with")
      }
      return snapshot
    }
  }

  /// Whether a snapshot says nothing that the one it was compared with doesn't, and that is still there.
  private func isCovered(_ snapshot: Snapshot, by parent: Snapshot?) -> Bool {
    guard let parent, parent.roots == snapshot.roots, parent.statistics.errors == snapshot.statistics.errors,
      parent.statistics.changed == snapshot.statistics.changed
    else { return false }
    return (try? repository.storedSnapshot(parent.id)) != nil
  }

  /// Stores the directories around a stream's file; gives the root's tree.
  private func store(_ node: Node, below path: ArraySlice<FileName>, _ context: ArchiveContext) throws -> ChunkID {
    let writer = try context.session.chunkWriter()
    var node = node
    for name in path.reversed().map({ Array($0.bytes) }) + [[]] {
      let object = TreeObject.leaf(TreeLeaf(nodes: [node])).encode()
      let id = try object.withBytes { (bytes) throws(RepositoryError) in
        try writer.store(bytes, kind: .tree).id
      }
      try repository.rememberTree(id, object)
      node = Node(
        name: name, type: .directory, mode: 0o700, uid: 0, gid: 0, mtime: node.mtime, ctime: node.ctime, inode: 0,
        device: 0, linkCount: 2, content: .directory(id))
    }
    try writer.flush()
    guard case .directory(let root) = node.content else { preconditionFailure("the root is a directory") }
    return root
  }

  private func statistics(_ session: WriteSession, since start: ContinuousClock.Instant) -> SnapshotStatistics {
    var statistics = SnapshotStatistics()
    statistics.files = progress.filesDone
    statistics.directories = progress.directoriesDone
    statistics.others = progress.othersDone
    statistics.bytes = progress.bytesDone
    statistics.newChunks = session.counters.newChunks
    statistics.newBytes = session.counters.newBytes
    statistics.storedBytes = session.counters.storedBytes
    statistics.errors = progress.problemCount
    statistics.changed = progress.changedFiles
    let elapsed = (ContinuousClock.now - start).components
    statistics.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds / 1_000_000_000_000_000) / 1000
    return statistics
  }
}
