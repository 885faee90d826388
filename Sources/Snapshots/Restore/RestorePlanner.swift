import FileSystem
import Format
import Repository

/// Walks the snapshot's tree, makes directories as it goes, and gathers everything else in batches. For one thread.
final class RestorePlanner {
  private struct Level {
    let directory: RestoreDirectory
    /// Whether everything below is selected.
    let isIncluded: Bool
  }

  private let state: RestoreState
  private let chunks: ChunkReader
  private let target: RestoreDirectory
  private var walk: TreeWalk?
  private var single: TreeEntry?
  private var levels: [Level]
  private var current: (file: RestoreFile, content: ContentCursor, isFirst: Bool)?
  private var hardLinks = HardLinks<any RestoreOriginal>()
  private var directories = DirectoryReader()
  private var batchCount = 0

  /// A plan of what stands at `location` in the snapshot: the entries of a directory, or a single one.
  init(
    _ location: SnapshotLocation, into target: RestoreDirectory, reading: RepositoryReading, state: RestoreState
  ) throws(SnapshotsError) {
    self.state = state
    self.target = target
    levels = [Level(directory: target, isIncluded: state.options.includes == nil)]
    let readers = try SnapshotsError.reading("the repository can't be read") { () throws(RepositoryError) in
      (chunks: try reading.chunkReader(), trees: try reading.treeReader())
    }
    chunks = readers.chunks
    if let tree = location.tree {
      walk = TreeWalk(reader: readers.trees, tree: tree, path: location.path)
    } else if case .entry(let entry) = location {
      single = entry
    }
  }

  /// Lists what stands in the target itself, where extras are to be removed from it.
  func begin() {
    // A single entry is put beside what is there.
    if single == nil, levels[0].isIncluded { listExtras(of: target) }
  }

  // Those below before those above: each holds on to the one above, and a long chain must not be freed at once.
  deinit { while levels.popLast() != nil {} }

  /// The next batch; nil when everything was planned.
  func nextBatch() -> RestoreBatch? {
    batchCount += 1
    var batch = RestoreBatch(number: batchCount)
    while !batch.isFull && !state.isStopping {
      if current != nil {
        continueFile(in: &batch)
      } else if !step(&batch) {
        break
      }
    }
    if state.isStopping { abandon(in: &batch) }
    return batch.isEmpty ? nil : batch
  }

  private func step(_ batch: inout RestoreBatch) -> Bool {
    if let entry = single {
      single = nil
      visit(entry, &batch)
      return true
    }
    do throws(SnapshotsError) {
      switch try walk?.next() {
      case .entry(let entry): visit(entry, &batch)
      case .leave(let isComplete): leave(isComplete: isComplete, &batch)
      case nil: return false
      }
    } catch {
      state.fail(levels.last?.directory.path ?? SnapshotPath.root, error)
    }
    return true
  }

  private func visit(_ entry: TreeEntry, _ batch: inout RestoreBatch) {
    let isDirectory = entry.tree != nil
    let level = levels[levels.count - 1]
    guard let name = FileName(entry.node.name) else { preconditionFailure("the format refuses names that can't be") }
    removeExtras(of: level.directory, before: name)
    if state.options.excludes?(entry.path, isDirectory) == true {
      if isDirectory { walk?.skipDirectory() }
      return
    }
    let isIncluded = level.isIncluded || state.options.includes?(entry.path, isDirectory) ?? true
    if isIncluded, !level.isIncluded { state.count { $0.included += 1 } }
    if isDirectory {
      let directory = RestoreDirectory(entry, in: level.directory, isSelected: isIncluded)
      // What was not selected itself is made when something below it is.
      guard !isIncluded || make(directory, &batch) else {
        walk?.skipDirectory()
        return
      }
      levels.append(Level(directory: directory, isIncluded: isIncluded))
    } else if isIncluded, make(level.directory, &batch) {
      add(entry, name: name, in: level.directory, &batch)
    }
  }

  private func leave(isComplete: Bool, _ batch: inout RestoreBatch) {
    let directory = levels.removeLast().directory
    if case .absent = directory.state, directory.entry != nil {
      // In a dry run, which makes none.
      state.count { $0.directories += 1 }
      state.note(.created, directory.path)
    }
    guard case .made = directory.state else { return }
    if isComplete { removeExtras(of: directory, before: nil) }
    if directory.entry != nil, directory.isNew || directory.isSelected { batch.finished.append(directory) }
  }

  // MARK: Entries other than directories

  private func add(
    _ entry: TreeEntry, name: FileName, in directory: RestoreDirectory, _ batch: inout RestoreBatch
  ) {
    if let original = hardLinks.original(of: entry.node) {
      batch.links.append(RestoreLink(entry: entry, directory: directory, name: name, original: original))
    } else if case .file(let items) = entry.node.content {
      let file = RestoreFile(entry, name: name, in: directory)
      hardLinks.note(file, for: entry.node)
      state.progress.find(bytes: entry.node.size)
      current = (file, ContentCursor(items: items), true)
    } else {
      let other = RestoreOther(entry, name: name, in: directory)
      hardLinks.note(other, for: entry.node)
      batch.others.append(other)
    }
  }

  private func continueFile(in batch: inout RestoreBatch) {
    guard let (file, begun, isFirst) = current else { return }
    current = nil
    var content = begun
    let start = content.offset
    var items: [ContentItem] = []
    var isLast = false
    do throws(SnapshotsError) {
      try batch.hold(file.directory)
    } catch {
      state.fail(file, error)
      isLast = true
    }
    while !isLast && !batch.isFull {
      do throws(RepositoryError) {
        guard let item = try content.next(reading: chunks) else {
          isLast = true
          break
        }
        items.append(item)
        batch.items += 1
        if case .chunk(_, let length) = item { batch.bytes += length }
      } catch {
        state.fail(file, SnapshotsError(error, "its content can't be read"))
        isLast = true
      }
    }
    batch.parts.append(RestorePart(file, start: start, items: items, isFirst: isFirst, isLast: isLast))
    if !isLast { current = (file, content, false) }
  }

  /// Lets go of a file that was planned in part.
  private func abandon(in batch: inout RestoreBatch) {
    guard let (file, content, isFirst) = current else { return }
    current = nil
    state.abandon(file)
    batch.parts.append(RestorePart(file, start: content.offset, items: [], isFirst: isFirst, isLast: true))
  }

  // MARK: Directories

  /// Makes sure that a directory and those above it exist. Tells whether something can be restored to it.
  private func make(_ directory: RestoreDirectory, _ batch: inout RestoreBatch) -> Bool {
    var chain: [RestoreDirectory] = []
    var next: RestoreDirectory? = directory
    while let directory = next, case .unmade = directory.state {
      chain.append(directory)
      next = directory.parent
    }
    for directory in chain.reversed() {
      guard let parent = directory.parent, let entry = directory.entry else { continue }
      switch parent.state {
      case .failed, .protected:
        directory.state = parent.state
        continue
      case .unmade, .made, .absent: break
      }
      let isMade = state.attempt(entry.path) { () throws(SnapshotsError) in
        try batch.hold(parent)
        try DirectoryMaker(state: state).make(directory, entry, in: parent)
        try batch.hold(directory)
      }
      if !isMade { directory.state = .failed }
      listExtras(of: directory)
    }
    switch directory.state {
    case .failed, .protected: return false
    case .unmade, .made, .absent: break
    }
    return state.attempt(directory.path) { () throws(SnapshotsError) in try batch.hold(directory) }
  }

  private func listExtras(of directory: RestoreDirectory) {
    guard directory.isSelected, !directory.isNew, !directory.sparesExtras, state.deletesExtras(in: directory.path),
      let handle = directory.handle
    else { return }
    do throws(FileSystemError) {
      directory.extras = try directories.entries(of: handle).map(\.name).sorted()[...]
    } catch {
      state.fail(directory.path, SnapshotsError(error, "the directory can't be listed"))
    }
  }

  /// Removes what stands in the directory before `name`, or to the end, and isn't in the snapshot.
  private func removeExtras(of directory: RestoreDirectory, before name: FileName?) {
    while let extra = directory.extras.first, name.map({ extra < $0 }) ?? true {
      directory.extras.removeFirst()
      state.attempt(SnapshotPath.appending(Array(extra.bytes), to: directory.path)) { () throws(SnapshotsError) in
        try remove(extra, from: directory)
      }
    }
    if let name, directory.extras.first == name { directory.extras.removeFirst() }
  }

  private func remove(_ extra: FileName, from directory: RestoreDirectory) throws(SnapshotsError) {
    let path = SnapshotPath.appending(Array(extra.bytes), to: directory.path)
    let handle = try directory.opened()
    try SnapshotsError.accessing("an extra entry can't be removed") { () throws(FileSystemError) in
      let entry = ExtraEntry(name: extra, status: try handle.status(of: extra), path: path, directory: handle)
      guard try !entry.mustStay(state.options) else { return }
      if !state.options.isDryRun { try handle.removeTree(extra) }
      state.count { $0.deleted += 1 }
      state.note(.deleted, path)
    }
  }
}
