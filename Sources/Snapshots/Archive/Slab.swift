import Synchronization

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
