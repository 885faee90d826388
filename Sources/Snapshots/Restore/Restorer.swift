public import FileSystem
public import Format
public import Repository

/// Restores what a snapshot holds to a directory.
///
/// Directories are made while the tree is walked; files are gathered in batches and written frame by frame in the order in
/// which frames lie in packs, each frame being read and opened once per batch, by all processors, while the next batch is
/// planned. Memory is bounded by two batches, whatever the tree.
///
/// Nothing outside the target is touched: everything is reached by descriptors from the target on, links are never
/// followed, and what stands in the way is replaced rather than written through.
public struct Restorer: Sendable {
  private let reading: RepositoryReading
  private let root: ChunkID
  private let options: RestoreOptions
  /// How far the restore is.
  public let progress = RestoreProgress()

  /// A restore of the snapshot whose directory `/` is `root`.
  public init(reading: RepositoryReading, root: ChunkID, options: RestoreOptions = RestoreOptions()) {
    self.reading = reading
    self.root = root
    self.options = options
  }

  /// Restores what `path` leads to: the content of a directory into `target`, anything else as an entry of `target`. With
  /// the path `/`, everything comes to stand below its full path in `target`.
  ///
  /// What can't be restored is told to ``RestoreOptions/report``, and the rest goes on. A file that can't be completed is
  /// removed, and what it was to replace stays; one that was there before and is changed in place stays too, and is said to be
  /// a mixture if some of it was written.
  ///
  /// - Parameters:
  ///   - target: a directory; it is made, with those above it, if it doesn't exist.
  ///   - isCancelled: asked often, from several threads; true ends the restore.
  /// - Throws: `.notFound` if there is no such path; `.fileSystem` if the target can't be used, or is full; `.cancelled`;
  ///   `.repository` and `.damaged`.
  public func restore(
    _ path: [UInt8] = SnapshotPath.root, to target: PathBytes,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(SnapshotsError) -> RestoreOutcome {
    let state = RestoreState(options: options, progress: progress, isCancelled: isCancelled)
    let reader = try SnapshotsError.reading("the repository can't be read") { () throws(RepositoryError) in
      try reading.treeReader()
    }
    let location = try SnapshotTree(reader: reader, root: root).locate(path)
    let directory = try RestoreTarget.open(target, location, options)
    let crew = try RestoreCrew(reading: reading, state: state)
    let planner = try RestorePlanner(location, into: directory, reading: reading, state: state)
    planner.begin()
    let batches = try PlanningAhead(planner)
    while let batch = batches.next() { crew.work(off: batch) }
    crew.finish()
    progress.finishWalk()
    // The cache of trees is a convenience: a restore that can't write to it has still restored.
    _ = try? reader.flush()
    if let reason = state.stopReason { throw reason }
    return state.result
  }
}
