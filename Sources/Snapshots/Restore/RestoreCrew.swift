import Format
import Repository
import Synchronization
import Threads

/// The threads of a restore: they work off one batch after another.
final class RestoreCrew: @unchecked Sendable {
  private let state: RestoreState
  // Each thread uses the worker of its number only.
  private let workers: [RestoreWorker]

  init(reading: RepositoryReading, state: RestoreState) throws(SnapshotsError) {
    self.state = state
    var workers: [RestoreWorker] = []
    for _ in 0..<WorkerThreads.processorCount {
      workers.append(try RestoreWorker(reading: reading, state: state))
    }
    self.workers = workers
  }

  /// Restores everything in a batch. Directories come last, so that nothing changes their times any more.
  func work(off batch: RestoreBatch) {
    restore(batch.parts)
    share(batch.others, by: 16) { worker, other in worker.restore(other) }
    makeLinks(batch.links)
    verify(batch.parts)
    for directory in batch.finished {
      state.attempt(directory.path) { () throws(SnapshotsError) in
        try DirectoryMaker(state: state).finish(directory)
      }
    }
    for directory in batch.held { directory.release() }
  }

  /// Completes what had to wait for the last batch. After a restore that ends early another one has names to give yet.
  func finish() {
    if state.isStopping { return }
    for file in state.filesToSeal { workers[0].seal(file) }
  }

  private func restore(_ parts: [RestorePart]) {
    share(parts, by: 64) { worker, part in worker.prepare(part) }
    if state.options.isDryRun { return countOnly(parts) }
    let work = shares(of: parts)
    let runs = self.runs(of: work)
    let announced = Mutex(0)
    share(Array(runs.indices), by: 1) { worker, number in
      let ahead = announced.withLock { announced in
        defer { announced = max(announced, min(runs.count, number + 1 + Self.announcedAhead)) }
        return max(
          announced, number + 1)..<max(announced, number + 1, min(runs.count, number + 1 + Self.announcedAhead))
      }
      for run in runs[ahead] { if let frames = run.frames { worker.chunks.willRead(frames) } }
      if let frames = runs[number].frames { worker.chunks.begin(frames) }
      for shares in work[runs[number].items] {
        worker.chunks.prepare(shares.flatMap(\.pieces).map { ($0.id, $0.place) }, kind: .data)
        for share in shares { worker.work(on: share) }
      }
    }
  }

  private func verify(_ parts: [RestorePart]) {
    if !state.options.verifies || state.options.isDryRun { return }
    share(parts, by: 16) { worker, part in worker.verify(part) }
  }

  // How many runs are on their way while others are worked on.
  private static let announcedAhead = 4

  /// Parts of the work, each of which is one thread's: frames that are read at once, or some that need none.
  private func runs(of work: [[RestoreShare]]) -> [(items: Range<Int>, frames: FrameRun?)] {
    var runs: [(items: Range<Int>, frames: FrameRun?)] = []
    let places = work.lazy.map { $0.first?.pieces.first?.place }
    var start = 0
    while start < work.count {
      let first = workers[0].chunks.firstRun(of: places[start...].prefix(64).prefix { $0 != nil }.compactMap(\.self))
      let end = min(work.count, start + (first?.count ?? Self.withoutFrames))
      runs.append((start..<end, first?.run))
      start = end
    }
    return runs
  }

  private static let withoutFrames = 4

  private func countOnly(_ parts: [RestorePart]) {
    for part in parts where part.isLast && !part.file.hasFailed {
      switch part.file.decision {
      case .create, .update: state.count { $0.files += 1 }
      case .keep, .leave, .undecided: state.count { $0.skipped += 1 }
      }
      state.note(part.file.action, part.file.entry.path)
      state.progress.finishFile()
    }
  }

  /// The work on a batch's files: one element per frame, in the order in which frames lie in packs.
  private func shares(of parts: [RestorePart]) -> [[RestoreShare]] {
    var pieces: [(frame: UInt64, part: Int, piece: Int)] = []
    var work: [[RestoreShare]] = []
    for (number, part) in parts.enumerated() where !part.file.hasFailed {
      for (index, piece) in part.pieces.enumerated() { pieces.append((piece.place.frameKey, number, index)) }
    }
    pieces.sort { ($0.frame, $0.part, $0.piece) < ($1.frame, $1.part, $1.piece) }
    var start = 0
    while start < pieces.count {
      let frame = pieces[start].frame
      var shares: [RestoreShare] = []
      while start < pieces.count, pieces[start].frame == frame {
        let number = pieces[start].part
        var end = start + 1
        while end < pieces.count, pieces[end].frame == frame, pieces[end].part == number { end += 1 }
        let part = parts[number]
        part.file.addShare()
        let own = pieces[start..<end].map { part.pieces[$0.piece] }
        shares.append(RestoreShare(file: part.file, pieces: own, fills: []))
        start = end
      }
      work.append(shares)
    }
    appendFills(of: parts, to: &work)
    appendEnds(of: parts, to: &work)
    return work
  }

  private func appendFills(of parts: [RestorePart], to work: inout [[RestoreShare]]) {
    for part in parts where !part.fills.isEmpty && !part.file.hasFailed {
      part.file.addShare()
      work.append([RestoreShare(file: part.file, pieces: [], fills: part.fills)])
    }
  }

  /// Gives back the planner's shares of files that end in this batch. Where no other is left the file has nothing to
  /// write, or failed: its planner's share is worked off like any other.
  private func appendEnds(of parts: [RestorePart], to work: inout [[RestoreShare]]) {
    for part in parts where part.isLast {
      switch part.file.decision {
      case .keep, .leave:
        state.count { $0.skipped += 1 }
        state.note(.unchanged, part.file.entry.path)
        state.progress.finishFile()
      case .create, .update, .undecided:
        if part.file.hasNoShares {
          work.append([RestoreShare(file: part.file, pieces: [], fills: [])])
        } else {
          _ = part.file.releaseShare()
        }
      }
    }
  }

  private func makeLinks(_ links: [RestoreLink]) {
    for link in links where !state.isStopping {
      if workers[0].link(link) { continue }
      // Its original isn't there as it should be, so this name is restored by itself.
      if case .file(let items) = link.entry.node.content {
        state.progress.find(bytes: link.entry.node.size)
        restoreAlone(RestoreFile(link.entry, name: link.name, in: link.directory), ContentCursor(items: items))
      } else {
        workers[0].restore(RestoreOther(link.entry, name: link.name, in: link.directory))
      }
    }
  }

  /// Restores one file that was not planned, in parts of bounded size.
  private func restoreAlone(_ file: RestoreFile, _ content: ContentCursor) {
    var content = content
    var isFirst = true
    var isLast = false
    while !isLast {
      let start = content.offset
      var items: [ContentItem] = []
      do throws(RepositoryError) {
        while items.count < 1024 {
          guard let item = try content.next(reading: workers[0].chunks) else {
            isLast = true
            break
          }
          items.append(item)
        }
      } catch {
        state.fail(file, SnapshotsError(error, "its content can't be read"))
        isLast = true
      }
      let part = RestorePart(file, start: start, items: items, isFirst: isFirst, isLast: isLast)
      restore([part])
      verify([part])
      isFirst = false
    }
  }

  /// Shares items out among the threads, `grain` at a time.
  private func share<Item: Sendable>(
    _ items: [Item], by grain: Int, _ body: @escaping @Sendable (RestoreWorker, Item) -> Void
  ) {
    let next = SharedCounter()
    let threads = min(workers.count, (items.count + grain - 1) / grain)
    guard threads > 0 else { return }
    WorkerThreads.run(threads) { number in
      while let start = next.take(grain, below: items.count) {
        for item in items[start..<min(start + grain, items.count)] { body(self.workers[number], item) }
      }
    }
  }
}

private final class SharedCounter: Sendable {
  private let value = Atomic<Int>(0)

  /// The beginning of the next `count` numbers; nil if `limit` is reached.
  func take(_ count: Int, below limit: Int) -> Int? {
    let start = value.add(count, ordering: .relaxed).oldValue
    return start < limit ? start : nil
  }
}
