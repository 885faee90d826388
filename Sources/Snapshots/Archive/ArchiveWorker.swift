import FileSystem
import Format
import Repository
import Synchronization

/// One thread's share of a backup: takes work from the queue until there is none.
///
/// Every worker runs the whole pipe on what it takes: list, compare, read, cut, identify, compress, seal. It keeps its
/// buffers and contexts from one item to the next.
final class ArchiveWorker {
  let context: ArchiveContext
  let writer: ChunkWriter
  var reader = DirectoryReader()
  private var encoder = ByteWriter(capacity: 1024)
  /// Small files are read into this whole.
  let buffer: SlabBuffer
  /// Those that are there now.
  var smallFiles = SmallFiles()

  init(_ context: ArchiveContext) throws(RepositoryError) {
    self.context = context
    writer = try context.session.chunkWriter()
    buffer = SlabBuffer(length: context.slabs.length)
  }

  /// Works until the queue closes.
  func run() throws {
    while let item = context.queue.pop() {
      try checkCancellation()
      switch item {
      case .directory(let task): try archive(task)
      case .slab(let slab):
        try store(slab)
        context.slabs.giveBack(slab.buffer)
      case .stream(let file, let next):
        try FileSlabs(worker: self, file: file).read(next)
        try end(file)
      }
    }
    if context.queue.failure == nil { try writer.flush() }
  }

  /// Throws if the backup is to end: it was asked to stop, or another worker has failed.
  func checkCancellation() throws {
    if context.progress.isCancelled { throw RepositoryError(.cancelled, "the backup was interrupted") }
    if let failure = context.queue.failure { throw failure }
  }

  /// A node as its slot's value: a file that was read again for nothing is still the same.
  func slot(_ node: Node, at place: DirectoryTask.Place) -> DirectoryTask.Slot {
    encoder.removeAll()
    node.encode(into: &encoder)
    if let ordinal = place.parentNode, let parent = place.task.opened?.parent,
      parent.withNode(ordinal, { $0.elementsEqual(encoder.bytes) })
    {
      return .same(ordinal)
    }
    return .new(encoder.bytes, EncodedNode(node))
  }

  /// Fills an entry's slot, and ends the directory if it was the last.
  func fill(_ place: DirectoryTask.Place, _ value: DirectoryTask.Slot?) throws {
    if tellAndFill(place, value) { try finish(place.task) }
  }

  private func tellAndFill(_ place: DirectoryTask.Place, _ value: DirectoryTask.Slot?) -> Bool {
    if case .new = value, let tell = context.progress.observer {
      tell(place.parentNode == nil ? .added : .changed, place.path)
    }
    return place.task.fill(place.slot, value)
  }

  /// Ends a directory whose slots are all filled, and fills its slot in the directory above, which that may end as well.
  ///
  /// A loop, for directories may be nested deeper than a thread's stack bears.
  func finish(_ task: DirectoryTask) throws {
    var task = task
    while let (place, value) = try end(task), tellAndFill(place, value) { task = place.task }
  }

  /// Stores the tree of a directory whose slots are all filled; gives its node, and nil for the root directory.
  private func end(_ task: DirectoryTask) throws -> (DirectoryTask.Place, DirectoryTask.Slot)? {
    let (opened, slots) = task.end()
    guard let opened else { preconditionFailure("a directory ends once, after it began") }
    let tree = try keptTree(of: opened, slots: slots) ?? store(slots, parent: opened.parent)
    context.progress.finishedDirectory()
    guard let place = task.place else {
      context.root.withLock { $0 = tree }
      context.queue.close()
      return nil
    }
    var node = opened.node
    node.content = .directory(tree)
    if !task.selection.takesAll, let ordinal = place.parentNode,
      let before = place.task.opened?.parent?.node(ordinal), before.differsOnlyInTimes(from: node)
    {
      return (place, .same(ordinal))
    }
    return (place, slot(node, at: place))
  }

  /// The parent snapshot's tree, if every entry is the same and the tree is still stored.
  private func keptTree(of opened: DirectoryTask.Opened, slots: [DirectoryTask.Slot]) throws -> ChunkID? {
    guard let parent = opened.parent, parent.count == slots.count else { return nil }
    for case .new in slots { return nil }
    if context.parent.isComplete { return parent.id }
    for object in parent.objects where try !writer.isStored(object) { return nil }
    return parent.id
  }

  private func store(_ slots: [DirectoryTask.Slot], parent: ParentDirectory?) throws -> ChunkID {
    let total = slots.reduce(0) { total, slot in
      switch slot {
      case .new(let bytes, _): total + bytes.count
      case .same(let ordinal): total + (parent?[ordinal].encoded.count ?? 0)
      }
    }
    var builder = TreeBuilder(
      totalBytes: total, owners: context.accounts, writer: writer, repository: context.repository)
    for slot in slots {
      switch slot {
      case .new(let bytes, let node):
        try bytes.withUnsafeBytes { bytes in try builder.append(node, bytes: bytes) }
      case .same(let ordinal):
        guard let parent else { preconditionFailure("the same as in no parent") }
        try parent.withNode(ordinal) { bytes in try builder.append(parent.encodedNode(ordinal), bytes: bytes) }
      }
    }
    return try builder.finish()
  }
}

extension Node {
  /// Whether two nodes of a directory are equal but for what entries made or removed in it change.
  ///
  /// Above the source paths that is no change worth a snapshot's while: what others do in `/tmp` is no part of a backup
  /// of `/tmp/mine`, and an unchanged source must store nothing.
  fileprivate func differsOnlyInTimes(from other: Node) -> Bool {
    var copy = other
    copy.mtime = mtime
    copy.ctime = ctime
    copy.linkCount = linkCount
    return self == copy
  }
}
