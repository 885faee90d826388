import FileSystem
import Format
import Repository
import Synchronization

/// A file that is read in slabs: one worker reads and cuts it, all of them store the slabs.
final class LargeFile: Sendable {
  private struct State {
    var content = ContentBuilder()
    /// How many parts the content has taken in, how many there are so far, and those whose turn has not come.
    var taken = 0
    var expected = 0
    var waiting: [Int: [ContentItem]] = [:]
    var isEnded = false

    var isComplete: Bool { isEnded && taken == expected }
  }

  /// What is to be done with the content when it is complete.
  enum Destination: Sendable {
    /// The node, which lacks its content and size, belongs into a directory.
    case entry(DirectoryTask.Place, Node)
    /// The content is handed over.
    case stream(@Sendable ([ContentItem], UInt64) -> Void)
  }

  let destination: Destination
  private let state = Mutex(State())

  init(_ destination: Destination) {
    self.destination = destination
  }

  /// Reserves the next place in the file's content.
  func expectPart() -> Int {
    state.withLock { state in
      defer { state.expected += 1 }
      return state.expected
    }
  }

  /// Fills a place; what is complete up to there goes into the content. True if it was the last one awaited.
  ///
  /// Parts that come before their turn wait, no more than there are slabs.
  func fill(_ part: Int, _ items: [ContentItem], storingIn writer: ChunkWriter) throws(RepositoryError) -> Bool {
    try state.withLock { (state) throws(RepositoryError) in
      state.waiting[part] = items
      while let next = state.waiting.removeValue(forKey: state.taken) {
        for item in next { try state.content.append(item, storingIn: writer) }
        state.taken += 1
      }
      return state.isComplete
    }
  }

  /// Says that the end has been read. True if no part is awaited any more.
  func ended() -> Bool {
    state.withLock { state in
      state.isEnded = true
      return state.isComplete
    }
  }

  /// The content, when no part is awaited.
  func content() -> ContentBuilder { state.withLock { $0.content } }
}

/// A stretch of a large file, cut into chunks.
struct Slab: Sendable {
  let file: LargeFile
  let part: Int
  let buffer: SlabBuffer
  /// The lengths of the chunks, from the buffer's beginning.
  let chunks: [Int]
}

/// Memory for a slab.
final class SlabBuffer: @unchecked Sendable {
  // Filled by the thread that reads, then read by the one that stores; never both.
  let bytes: UnsafeMutableRawBufferPointer

  init(length: Int) { bytes = .allocate(byteCount: length, alignment: 4096) }

  deinit { bytes.deallocate() }
}

/// The buffers for slabs: so many exist at most, and a worker that finds none stores its slab itself.
final class SlabPool: Sendable {
  private struct State {
    var free: [SlabBuffer] = []
    var made = 0
  }

  private static let leastLength = 4 << 20

  private let limit: Int
  /// The length of every buffer: always more than the longest chunk, so that a full one has a cut.
  let length: Int
  private let state = Mutex(State())

  /// - Parameter longestChunk: the chunker's maximum.
  init(limit: Int, longestChunk: Int) {
    self.limit = limit
    length = max(Self.leastLength, 2 * longestChunk)
  }

  func take() -> SlabBuffer? {
    state.withLock { state in
      if let buffer = state.free.popLast() { return buffer }
      guard state.made < limit else { return nil }
      state.made += 1
      return SlabBuffer(length: length)
    }
  }

  func giveBack(_ buffer: SlabBuffer) {
    state.withLock { $0.free.append(buffer) }
  }
}
