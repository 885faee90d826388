public import Format
import Cryptography
import LMDB

/// What the index says of everything that is stored.
public struct StoredTotals: Hashable, Sendable {
  /// Index segments.
  public var segments = 0
  /// Packs.
  public var packs = 0
  /// Their length in bytes, with directories and padding.
  public var packBytes: UInt64 = 0
  /// Frames in them.
  public var frames = 0
  /// The length of the frames in bytes, compressed and sealed.
  public var frameBytes: UInt64 = 0
  /// Chunks, which are the entries of the index.
  public var chunks = 0
  /// The length of the chunks in bytes, before compression.
  public var chunkBytes: UInt64 = 0
}

extension Repository {
  /// Adds up what the index describes. Call ``refreshIndex()`` first.
  public func storedTotals() throws(RepositoryError) -> StoredTotals {
    var totals = StoredTotals()
    totals.segments = try index.segments().count
    try index.forEachPack { pack, _ in
      totals.packs += 1
      totals.packBytes += pack.length
      totals.frames += pack.directory.frames.count
      totals.chunks += pack.directory.chunks.count
      for frame in pack.directory.frames {
        totals.frameBytes += UInt64(frame.sealedLength)
        totals.chunkBytes += UInt64(frame.rawLength)
      }
    }
    return totals
  }

  /// The names of the index segments in the repository, sorted.
  public func indexSegments() throws(RepositoryError) -> [SegmentID] { try context.listSegments().sorted() }

  /// Reads an index segment.
  ///
  /// - Throws: `.missing` or `.damaged`, naming it.
  public func indexSegment(_ id: SegmentID) throws(RepositoryError) -> IndexSegment { try context.segment(id) }

  /// The packs whose id begins with these hexadecimal digits, as the index describes them. Call ``refreshIndex()`` first.
  public func packs(withPrefix prefix: String) throws(RepositoryError) -> [PackDescription] {
    var packs: [PackDescription] = []
    try index.forEachPack { pack, _ in if pack.id.hex.hasPrefix(prefix) { packs.append(pack) } }
    return packs
  }
}

extension IndexStore {
  /// Hands over the description of each pack, and its number.
  func forEachPack(_ body: (PackDescription, PackNumber) -> Void) throws(RepositoryError) {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        try transaction.forEachPack(tables) { (number, pack) throws(LMDBError) in body(try pack.description(), number) }
      }
    }
  }
}
