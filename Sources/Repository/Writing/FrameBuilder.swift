import Format

/// Gathers chunks until they make a frame. The buffer is reused from frame to frame.
struct FrameBuilder: ~Copyable {
  // Bounds the directory of a pack whose chunks are tiny.
  private static let chunkLimit = 1 << 16

  private let buffer: UnsafeMutableRawBufferPointer
  private(set) var chunks: [FramedChunk] = []
  private(set) var count = 0

  /// A builder of frames with up to `target` raw bytes.
  init(target: Int) {
    buffer = .allocate(byteCount: target, alignment: 64)
  }

  deinit { buffer.deallocate() }

  var isEmpty: Bool { chunks.isEmpty }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

  /// Whether a chunk still fits.
  func hasRoom(for length: Int) -> Bool { count + length <= buffer.count && chunks.count < Self.chunkLimit }

  /// Adds a chunk that fits.
  mutating func append(_ bytes: UnsafeRawBufferPointer, id: ChunkID, kind: ChunkKind) {
    UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(from: bytes)
    count += bytes.count
    chunks.append(FramedChunk(id: id, kind: kind, length: bytes.count))
  }

  mutating func removeAll() {
    chunks.removeAll(keepingCapacity: true)
    count = 0
  }
}
