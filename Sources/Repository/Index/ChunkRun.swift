import Format
import LMDB

/// A sorted run of the cached index's chunks, in blocks that fill a page of LMDB each.
///
/// What is new becomes a run, and runs are merged so that each is larger than those after it together: a look-up
/// searches a few of them, and an entry is written a few times. Runs are never changed. An entry counts as long as its pack
/// is described; others go when their run is merged.
struct ChunkRun: Equatable {
  /// Entries of a block: with LMDB's header a page of 4 KiB.
  static let blockCapacity = 170

  // Smaller runs are merged whatever follows them.
  private static let smallCount = 16_384

  let number: UInt32
  /// The entries, with those that don't count any more.
  let count: Int

  /// Whether the run is merged with `count` entries that come after it.
  func isMerged(with count: Int) -> Bool { self.count < max(2 * count, Self.smallCount) }

  /// The key of a block of a run: the run's number, and the last entry of the block.
  static func key(_ number: UInt32, _ last: ChunkEntry) -> [UInt8] {
    var key: [UInt8] = []
    key.reserveCapacity(4 + ChunkEntry.length)
    withUnsafeBytes(of: number.bigEndian) { key.append(contentsOf: $0) }
    last.encode(into: &key)
    return key
  }

  /// The key of a block of this run.
  func key(_ last: ChunkEntry) -> [UInt8] { Self.key(number, last) }

  /// Where a search for a chunk begins: no entry of it is before.
  func key(_ id: ChunkIDPrefix) -> [UInt8] {
    key(ChunkEntry(id: id, location: ChunkLocation(pack: PackNumber(value: 0), ordinal: 0)))
  }

  /// Where the run begins: no block is before.
  var startKey: [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

  /// Whether a key is of one of the run's blocks.
  func owns(_ key: UnsafeRawBufferPointer) -> Bool {
    key.count >= 4 && UInt32(bigEndian: key.loadUnaligned(as: UInt32.self)) == number
  }
}

/// Neighbouring entries of a run, as they lie in the cache.
struct ChunkBlock {
  private let bytes: UnsafeRawBufferPointer
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer) throws(LMDBError) {
    guard bytes.count > 0, bytes.count.isMultiple(of: ChunkEntry.length) else {
      throw .cacheDamaged("a block of chunks")
    }
    self.bytes = bytes
    count = bytes.count / ChunkEntry.length
  }

  subscript(index: Int) -> ChunkEntry { ChunkEntry(bytes, at: index * ChunkEntry.length) }

  func id(_ index: Int) -> ChunkIDPrefix { ChunkIDPrefix(bytes, at: index * ChunkEntry.length) }

  /// The first entry that is not before `id`; the count if there is none.
  ///
  /// Ids are spread evenly, so it is near where it would be if they were spread exactly so, and few lines of memory are read.
  func firstIndex(from id: ChunkIDPrefix) -> Int {
    let first = self.id(0).high
    guard id.high > first else { return self.id(0) < id ? walk(from: 0, to: id) : 0 }
    let step = (self.id(count - 1).high &- first) / UInt64(count)
    guard step > 0 else { return walk(from: 0, to: id) }
    var index = Int(min((id.high - first) / step, UInt64(count - 1)))
    while index > 0, self.id(index - 1) >= id { index -= 1 }
    return walk(from: index, to: id)
  }

  private func walk(from start: Int, to id: ChunkIDPrefix) -> Int {
    var index = start
    while index < count, self.id(index) < id { index += 1 }
    return index
  }
}
