import Format

/// Gathers packs for the next index segment.
struct SegmentBuilder {
  /// Chunks that a segment is to hold: about 2 MiB.
  static let chunkTarget = 50_000

  private(set) var segment = IndexSegment()
  private var chunkCount = 0
  // At most: each pack is counted with a byte for how many packs there are.
  private var encodedLength = 0
  private let lengthLimit: Int

  init(lengthLimit: Int = Limits.indexSegmentLength) { self.lengthLimit = lengthLimit }

  var isEmpty: Bool { segment.packs.isEmpty }

  /// Whether the segment holds what it is to hold.
  var isFull: Bool { chunkCount >= Self.chunkTarget }

  /// Whether the segment stays as short as it must be with another pack. One that this program wrote always fits into a
  /// segment that isn't full.
  func hasRoom(for pack: PackDescription) -> Bool { encodedLength + Self.length(of: pack) <= lengthLimit }

  mutating func append(_ pack: PackDescription) {
    segment.packs.append(pack)
    chunkCount += pack.directory.chunks.count
    encodedLength += Self.length(of: pack)
  }

  /// Gives what was gathered, and begins anew.
  mutating func take() -> IndexSegment {
    let taken = segment
    self = SegmentBuilder(lengthLimit: lengthLimit)
    return taken
  }

  private static func length(of pack: PackDescription) -> Int { IndexSegment(packs: [pack]).encode().count }
}

extension RepositoryError {
  /// A pack whose description fits into no segment.
  static func tooLarge(_ pack: PackID) -> RepositoryError {
    RepositoryError(.damaged, "the directory of pack \(pack) is too large for an index segment")
  }
}
