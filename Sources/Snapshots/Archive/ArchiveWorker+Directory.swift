import FileSystem
import Format
import Repository

extension ArchiveWorker {
  /// Lists a directory and deals with its entries; subdirectories and the slabs of large files go to the queue.
  func archive(_ task: DirectoryTask) throws {
    guard let directory = try open(task) else { return }
    var listed: [DirectoryEntry] = []
    do throws(FileSystemError) {
      if task.selection.takesAll { listed = try reader.entries(of: directory) }
    } catch {
      if error.code == .notFound { return try leaveOut(task, because: error) }
      context.progress.problem(directory.path.bytes, error.message)
    }
    var (selection, entries) = task.selection.choosing(from: listed, in: directory) { name, message in
      context.progress.problem(directory.path.appending(name).bytes, message)
    }
    entries.sort { $0.name < $1.name }
    removeUnstorable(from: &entries, of: directory)

    let parent = task.parentTree.flatMap { ParentDirectory($0, trees: context.parent) }
    let status: FileStatus
    let node: Node
    do throws(FileSystemError) {
      status = try directory.status()
      node = metadata(of: directory, status: status, name: task.place?.name)
    } catch {
      return try leaveOut(task, because: error)
    }
    let opened = DirectoryTask.Opened(
      kept: KeptDirectory(directory, in: context.directories), identity: status.identity, node: node,
      parent: parent)
    task.begin(opened, entries: entries.count)
    var subdirectories: [WorkItem] = []
    var ordinal = 0
    for (slot, entry) in entries.enumerated() {
      try checkCancellation()
      let match = parent.flatMap { $0.ordinal(of: entry.name, from: &ordinal) }
      let place = DirectoryTask.Place(task: task, slot: slot, name: entry.name, parentNode: match)
      if let subdirectory = try archive(place, in: directory, parent: parent, selection: selection) {
        subdirectories.append(.directory(subdirectory))
      }
    }
    try storeSmallFiles()
    // Reversed, so that directories are taken in name order and neighbours share frames.
    context.queue.push(subdirectories.reversed())
    if task.listed() { try finish(task) }
  }

  /// Opens a task's directory; nil, with its slot filled, if that can't be done.
  private func open(_ task: DirectoryTask) throws -> Directory? {
    do throws(FileSystemError) {
      guard let place = task.place else { return try Directory(at: "/") }
      return try place.task.directory().openDirectory(place.name)
    } catch {
      try leaveOut(task, because: error)
      return nil
    }
  }

  /// Reports a directory that can't be had, and fills its slot. Without the root directory there is nothing to do.
  private func leaveOut(_ task: DirectoryTask, because error: FileSystemError) throws {
    guard let place = task.place else { throw error }
    try leaveOut(place, because: error)
  }

  /// Fills the slot of an entry that can't be had. One that is gone again was not there when the snapshot was taken, and
  /// that is no problem; a source path must be there.
  private func leaveOut(_ place: DirectoryTask.Place, because error: FileSystemError) throws {
    if error.code != .notFound || place.task.selection.leadsToSource(place.name) {
      context.progress.problem(error.path.bytes, error.message)
    }
    try fill(place, nil)
  }

  /// Leaves out what a tree object can't hold: a name that was listed twice, which happens when the directory changes
  /// meanwhile, and names longer than the format's limit, which some file systems have.
  private func removeUnstorable(from entries: inout [DirectoryEntry], of directory: Directory) {
    var previous: FileName?
    entries.removeAll { entry in
      defer { previous = entry.name }
      if entry.name == previous { return true }
      guard entry.name.bytes.count > Limits.nameLength else { return false }
      context.progress.problem(
        directory.path.appending(entry.name).bytes, "the name is longer than \(Limits.nameLength) bytes; left out")
      return true
    }
  }

  /// Deals with one entry; gives the task if it is a directory to be entered.
  private func archive(
    _ place: DirectoryTask.Place, in directory: Directory, parent: ParentDirectory?, selection: Selection
  ) throws -> DirectoryTask? {
    do {
      let status = try directory.status(of: place.name)
      if status.type == .directory {
        return DirectoryTask(
          place: place, selection: selection.entering(place.name, device: status.device),
          parentTree: place.parentNode.flatMap { parent?[$0].subtree })
      }
      if status.type == .blockDevice, selection.isSource(place.name) {
        context.progress.problem(
          directory.path.appending(place.name).bytes,
          "is a block device; its node was saved, but not its content, which \"firn backup --stdin\" can read")
      }
      if selection.excludes(status) {
        try fill(place, nil)
      } else if try !keep(place, status, parent: parent) {
        try archive(place, status, in: directory, parent: parent)
      }
    } catch let error as FileSystemError {
      try leaveOut(place, because: error)
    }
    return nil
  }

  /// Takes an entry's node from the parent snapshot if nothing about it has changed.
  private func keep(_ place: DirectoryTask.Place, _ status: FileStatus, parent: ParentDirectory?) throws -> Bool {
    guard let parent, let ordinal = place.parentNode else { return false }
    let summary = parent[ordinal]
    guard context.parent.isSettled(summary, ignoringChangeTime: context.options.ignoreChangeTime),
      summary.hasSameContent(as: status, context.options),
      summary.hasSameMetadata(as: status)
    else { return false }
    if summary.type == .file, !context.parent.isComplete {
      guard case .file(let items)? = parent.node(ordinal)?.content, try areStored(items) else { return false }
    }
    if summary.type == .file {
      context.progress.finishedFile(unchanged: true)
      context.progress.read(bytes: summary.size)
    } else {
      context.progress.finishedOther()
    }
    try fill(place, .same(ordinal))
    return true
  }

  /// Whether all that a content names is stored. Lists below the node's own items are taken for complete if they are
  /// stored themselves only by a reader, so here they count as not stored.
  func areStored(_ items: [ContentItem]) throws(RepositoryError) -> Bool {
    for item in items {
      switch item {
      case .chunk(let id, _): guard try writer.isStored(id) else { return false }
      case .list: return false
      case .hole, .zeros: continue
      }
    }
    return true
  }
}

extension NodeSummary {
  /// Whether a file's content, a link's target or a device's number can't have changed.
  func hasSameContent(as status: FileStatus, _ options: BackupOptions) -> Bool {
    type == Format.FileType(status.type) && (type != .file || size == UInt64(status.size))
      && mtime == Format.Timestamp(status.modified)
      && (options.ignoreChangeTime || ctime == Format.Timestamp(status.changed))
      && (options.ignoreInode || inode == status.inode)
  }

  /// Whether everything else that a status tells is the same, so that the node's bytes would be.
  func hasSameMetadata(as status: FileStatus) -> Bool {
    ctime == Format.Timestamp(status.changed) && inode == status.inode && mode == status.permissions
      && uid == status.user && gid == status.group && linkCount == UInt64(status.linkCount)
      && device == status.device.rawValue
  }
}

extension ParentDirectory {
  /// The node of this name, searched from `start` on, which moves past names before it: both sides are sorted.
  func ordinal(of name: FileName, from start: inout Int) -> Int? {
    name.withBytes { name in
      while start < count {
        let order = withName(of: start) { Self.compare($0, name) }
        if order == 0 { return start }
        if order > 0 { return nil }
        start += 1
      }
      return nil
    }
  }

  private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    for (a, b) in zip(left, right) where a != b { return a < b ? -1 : 1 }
    return left.count - right.count
  }
}
