import Chunking
import FileSystem
import Format
import Repository

extension ArchiveWorker {
  /// Deals with an entry that is no directory and that the parent snapshot doesn't have as it is.
  func archive(
    _ place: DirectoryTask.Place, _ status: FileStatus, in directory: Directory, parent: ParentDirectory?
  ) throws {
    guard status.type == .regular else {
      let node = try node(of: place.name, status: status, in: directory)
      context.progress.finishedOther()
      return try fill(place.slot, of: place.task, node.map { slot($0, at: place) })
    }
    let file = try directory.openFile(place.name)
    guard UInt64(file.statusAtOpen.size) <= Limits.contentItemLength else {
      context.progress.problem(file.path.bytes, "is larger than the format can describe; left out")
      return try fill(place.slot, of: place.task, nil)
    }
    var node = metadata(of: file, name: place.name)
    if let items = try keptContent(of: place, file.statusAtOpen, parent: parent) {
      node.content = .file(items)
      context.progress.read(bytes: node.size)
      context.progress.finishedFile(unchanged: true)
      return try fill(place.slot, of: place.task, slot(node, at: place))
    }
    if file.statusAtOpen.size > context.slabs.length / 2 || file.isSparse {
      let large = LargeFile(.entry(place, node))
      try FileSlabs(worker: self, file: large).read(file)
      return try end(large)
    }
    try read(file, &node)
    try finish(node, at: place)
  }

  /// The parent snapshot's content, if only a file's metadata has changed.
  private func keptContent(
    of place: DirectoryTask.Place, _ status: FileStatus, parent: ParentDirectory?
  ) throws -> [ContentItem]? {
    guard let parent, let ordinal = place.parentNode, context.parent.isSettled(parent[ordinal]),
      parent[ordinal].hasSameContent(as: status, context.options),
      case .file(let items)? = parent.node(ordinal)?.content
    else { return nil }
    guard try context.parent.isComplete || areStored(items) else { return nil }
    return items
  }

  /// Reads a small file in one go and stores it.
  private func read(_ file: borrowing File, _ node: inout Node) throws {
    let count = try file.read(into: buffer.bytes)
    var content = ContentBuilder()
    var rest = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
    while !rest.isEmpty {
      let length = context.chunker.firstCut(in: rest, isEnd: true) ?? rest.count
      try content.append(store(UnsafeRawBufferPointer(rebasing: rest[..<length])), storingIn: writer)
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
    }
    if UInt64(count) != node.size {
      context.progress.problem(file.path.bytes, "changed while it was read; it was stored as it was read")
    }
    node.size = UInt64(count)
    node.content = .file(try content.finish(storingIn: writer))
    context.progress.read(bytes: UInt64(count))
  }

  /// Stores one chunk, or says that it is nothing but zeros.
  private func store(_ chunk: UnsafeRawBufferPointer) throws(RepositoryError) -> ContentItem {
    if chunk.isAllZero { return .zeros(length: UInt64(chunk.count)) }
    return .chunk(try writer.store(chunk, kind: .data).id, length: UInt64(chunk.count))
  }

  /// Stores the chunks of a slab.
  func store(_ slab: Slab) throws {
    var items: [ContentItem] = []
    items.reserveCapacity(slab.chunks.count)
    var offset = 0
    for length in slab.chunks {
      items.append(try store(UnsafeRawBufferPointer(rebasing: slab.buffer.bytes[offset..<offset + length])))
      offset += length
    }
    context.progress.read(bytes: UInt64(offset))
    if try slab.file.fill(slab.part, items, storingIn: writer) { try finish(slab.file) }
  }

  /// Says that the end of a large file has been read.
  func end(_ file: LargeFile) throws {
    if file.ended() { try finish(file) }
  }

  /// Ends a file that was read.
  private func finish(_ node: Node, at place: DirectoryTask.Place) throws {
    let slot = slot(node, at: place)
    context.progress.finishedFile(unchanged: slot.isSame)
    try fill(place.slot, of: place.task, slot)
  }

  private func finish(_ file: LargeFile) throws {
    let content = file.content()
    let length = content.length
    let items = try content.finish(storingIn: writer)
    switch file.destination {
    case .entry(let place, var node):
      node.size = length
      node.content = .file(items)
      try finish(node, at: place)
    case .stream(let finish):
      finish(items, length)
      context.queue.close()
    }
  }
}

extension File {
  /// Whether less is allocated than the file is long.
  var isSparse: Bool { statusAtOpen.blocks < UInt64(statusAtOpen.size) / 512 }
}
