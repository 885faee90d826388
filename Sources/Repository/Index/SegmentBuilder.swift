import Format

/// Gathers packs for the next index segment.
struct SegmentBuilder {
  /// Chunks that a segment is to hold: about 2 MiB.
  static let chunkTarget = 50_000

  private(set) var segment = IndexSegment()
  private var chunkCount = 0

  var isEmpty: Bool { segment.packs.isEmpty }

  /// Whether the segment holds what it is to hold.
  var isFull: Bool { chunkCount >= Self.chunkTarget }

  mutating func append(_ pack: PackDescription) {
    segment.packs.append(pack)
    chunkCount += pack.directory.chunks.count
  }
}
