import Chunking
import FileSystem
import Format
import Repository

/// Reads a large file or a stream, cuts it, and gives the slabs to the queue, or stores them itself when all buffers
/// are in use.
struct FileSlabs {
  let worker: ArchiveWorker
  let file: LargeFile

  /// Reads a file's data extents and notes the holes between them.
  func read(_ source: borrowing File) throws {
    var position: Int64 = 0
    let size = source.statusAtOpen.size
    while position < size, let extent = try source.nextDataExtent(from: position) {
      let data = extent.clamped(to: position..<max(position, size))
      if data.lowerBound > position { try hole(data.lowerBound - position) }
      let end = try read(data.lowerBound, limit: data.upperBound) { (buffer, offset) in
        try source.readOnce(into: buffer, at: offset)
      }
      position = end
      guard end == data.upperBound else { break }
    }
    let now = try source.status()
    if now.size > position, position < size, try source.nextDataExtent(from: position) == nil {
      try hole(size - position)
      position = size
    }
    // A modification time may be set back, and that of a mapped file comes late.
    let isSame =
      worker.context.options.ignoreChangeTime
      ? now.modified == source.statusAtOpen.modified : now.changed == source.statusAtOpen.changed
    if now.size != size || !isSame || position != size {
      worker.context.progress.changedWhileRead(source.path.bytes)
    }
  }

  /// Reads a stream to its end.
  func read(_ next: (UnsafeMutableRawBufferPointer) throws -> Int) throws {
    _ = try read(0, limit: .max) { (buffer, _) in try next(buffer) }
  }

  private func hole(_ length: Int64) throws(RepositoryError) {
    _ = try file.fill(file.expectPart(), [.hole(length: UInt64(length))], storingIn: worker.writer)
    worker.context.progress.read(bytes: UInt64(length))
  }

  /// Reads from `start` to `limit` or the end; gives where it ended. A stretch is cut by itself: its end is a cut.
  private func read(
    _ start: Int64, limit: Int64, _ source: (UnsafeMutableRawBufferPointer, Int64) throws -> Int
  ) throws -> Int64 {
    var position = start
    var carried: [UInt8] = []
    while true {
      try worker.checkCancellation()
      let pooled = worker.context.slabs.take()
      let buffer = pooled ?? worker.buffer
      UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<carried.count]).copyBytes(from: carried)
      let room = min(Int64(buffer.bytes.count - carried.count), limit - position)
      let space = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[carried.count..<carried.count + Int(room)])
      let count: Int
      do {
        count = try source(space, position)
      } catch {
        if let pooled { worker.context.slabs.giveBack(pooled) }
        throw error
      }
      position += Int64(count)
      let isEnd = count < space.count || position == limit
      let filled = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<(carried.count + count)])
      let chunks = worker.context.chunker.chunkLengths(in: filled, isEnd: isEnd)
      carried = Array(filled[chunks.reduce(0, +)...])
      let slab = Slab(file: file, part: file.expectPart(), buffer: buffer, chunks: chunks)
      if pooled != nil { worker.context.queue.push([.slab(slab)]) } else { try worker.store(slab) }
      if isEnd { return position }
    }
  }
}

extension ContentChunker {
  /// The lengths of the chunks at the beginning of `bytes`: of all of them, if it is the end.
  func chunkLengths(in bytes: UnsafeRawBufferPointer, isEnd: Bool) -> [Int] {
    var lengths: [Int] = []
    var rest = bytes
    while let length = firstCut(in: rest, isEnd: isEnd) {
      lengths.append(length)
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
    }
    return lengths
  }
}
