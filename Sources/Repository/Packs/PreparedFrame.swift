import Format

/// One chunk of a frame, before the frame has a place.
struct FramedChunk: Sendable {
  let id: ChunkID
  let kind: ChunkKind
  let length: Int
}

/// A frame ready for sealing: its chunks' bytes as they will be stored, lent by whoever compressed them.
struct PreparedFrame {
  let chunks: [FramedChunk]
  let codec: Codec
  let rawLength: Int
  let stored: UnsafeRawBufferPointer
}
