import Format

/// Packs that are gathered for one index segment.
struct SegmentBuilder {
  /// What a segment holds, about: 2 MiB.
  static let chunkTarget = 50_000

  private(set) var segment = IndexSegment()
  private var chunkCount = 0
  // At most: each pack is counted with a byte for how many packs there are.
  private var encodedLength = 0
  private let lengthLimit: Int

  init(lengthLimit: Int = Limits.indexSegmentLength) { self.lengthLimit = lengthLimit }

  var isEmpty: Bool { segment.packs.isEmpty }

  /// Whether enough was gathered.
  var isFull: Bool { chunkCount >= Self.chunkTarget }

  /// Adds a pack; false if the segment would be longer than a segment may be.
  mutating func append(_ pack: PackDescription) -> Bool {
    let length = IndexSegment(packs: [pack]).encode().count
    guard encodedLength + length <= lengthLimit else { return false }
    segment.packs.append(pack)
    chunkCount += pack.directory.chunks.count
    encodedLength += length
    return true
  }

  /// Gives what was gathered, and begins anew.
  mutating func take() -> IndexSegment {
    let taken = segment
    self = SegmentBuilder(lengthLimit: lengthLimit)
    return taken
  }
}

extension RepositoryError {
  /// A pack whose description fits into no segment.
  static func tooLarge(_ pack: PackID) -> RepositoryError {
    RepositoryError(.damaged, "the directory of pack \(pack) is too large for an index segment")
  }
}
