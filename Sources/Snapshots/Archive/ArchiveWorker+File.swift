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
      return try fill(place, node.map { slot($0, at: place) })
    }
    let file = try directory.openFile(place.name)
    guard UInt64(file.statusAtOpen.size) <= Limits.contentItemLength else {
      context.progress.problem(file.path.bytes, "is larger than the format can describe; left out")
      return try fill(place, nil)
    }
    var node = metadata(of: file, name: place.name)
    if let items = try keptContent(of: place, file.statusAtOpen, parent: parent) {
      node.content = .file(items)
      context.progress.read(bytes: node.size)
      context.progress.finishedFile(unchanged: true)
      return try fill(place, slot(node, at: place))
    }
    if file.statusAtOpen.size > context.slabs.length / 2 || file.isSparse {
      // The buffer may be needed.
      try storeSmallFiles()
      let large = LargeFile(.entry(place, node))
      try FileSlabs(worker: self, file: large).read(file)
      return try end(large)
    }
    if smallFiles.isFull { try storeSmallFiles() }
    try read(file, node, at: place)
  }

  /// The parent snapshot's content, if only a file's metadata has changed.
  private func keptContent(
    of place: DirectoryTask.Place, _ status: FileStatus, parent: ParentDirectory?
  ) throws -> [ContentItem]? {
    guard let parent, let ordinal = place.parentNode,
      context.parent.isSettled(parent[ordinal], ignoringChangeTime: context.options.ignoreChangeTime),
      parent[ordinal].hasSameContent(as: status, context.options),
      case .file(let items)? = parent.node(ordinal)?.content
    else { return nil }
    guard try context.parent.isComplete || areStored(items) else { return nil }
    return items
  }

  /// Reads a small file in one go, behind those that are in the buffer already, and cuts it.
  private func read(_ file: borrowing File, _ node: Node, at place: DirectoryTask.Place) throws {
    var node = node
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[smallFiles.length...])
    let count = try file.readOnce(into: room)
    if UInt64(count) != node.size {
      context.progress.changedWhileRead(file.path.bytes)
    }
    node.size = UInt64(count)
    let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
    smallFiles.append(node, at: place, chunks: context.chunker.chunkLengths(in: bytes, isEnd: true))
    context.progress.read(bytes: UInt64(count))
  }

  /// Stores the small files that have been read, all their chunks at once.
  func storeSmallFiles() throws {
    let batch = smallFiles
    smallFiles.removeAll()
    var items = try store(batch.chunks, of: buffer)[...]
    for file in batch.files {
      var content = ContentBuilder()
      for item in items.prefix(file.chunkCount) { try content.append(item, storingIn: writer) }
      items = items.dropFirst(file.chunkCount)
      var node = file.node
      node.content = .file(try content.finish(storingIn: writer))
      try finish(node, at: file.place)
    }
  }

  /// Stores the chunks of a slab.
  func store(_ slab: Slab) throws {
    let items = try store(slab.chunks, of: slab.buffer)
    context.progress.read(bytes: UInt64(slab.chunks.reduce(0, +)))
    if try slab.file.fill(slab.part, items, storingIn: writer) { try finish(slab.file) }
  }

  /// Stores chunks that follow one another from the buffer's beginning, but for those that are nothing but zeros.
  private func store(_ lengths: [Int], of buffer: SlabBuffer) throws(RepositoryError) -> [ContentItem] {
    var items: [ContentItem?] = []
    items.reserveCapacity(lengths.count)
    var chunks: [UnsafeRawBufferPointer] = []
    var offset = 0
    for length in lengths {
      let chunk = UnsafeRawBufferPointer(rebasing: buffer.bytes[offset..<offset + length])
      offset += length
      if chunk.isAllZero {
        items.append(.zeros(length: UInt64(length)))
      } else {
        items.append(nil)
        chunks.append(chunk)
      }
    }
    var ids = try writer.store(chunks, kind: .data).makeIterator()
    return zip(items, lengths).compactMap { item, length in
      item ?? ids.next().map { .chunk($0.id, length: UInt64(length)) }
    }
  }

  /// Says that the end of a large file has been read.
  func end(_ file: LargeFile) throws {
    if file.ended() { try finish(file) }
  }

  /// Ends a file that was read.
  private func finish(_ node: Node, at place: DirectoryTask.Place) throws {
    let slot = slot(node, at: place)
    context.progress.finishedFile(unchanged: slot.isSame)
    try fill(place, slot)
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
