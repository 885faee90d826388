import Cryptography
import Format

/// A chunk as the cached index knows it: half of its id, and where it lies.
///
/// Half of an id tells chunks apart, as ids come of a keyed function. But whoever may write can claim any id for any bytes, so
/// what is found is compared with the whole id in its pack's description.
struct ChunkEntry: Comparable {
  /// Bytes that an entry takes.
  static let length = 24

  let id: ChunkIDPrefix
  let location: ChunkLocation

  init(id: ChunkIDPrefix, location: ChunkLocation) {
    self.id = id
    self.location = location
  }

  /// Reads an entry of a block.
  init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    id = ChunkIDPrefix(bytes, at: offset)
    location = ChunkLocation(encoded: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
  }

  static func < (left: Self, right: Self) -> Bool {
    left.id == right.id ? left.location < right.location : left.id < right.id
  }

  /// Appends the entry's bytes, which are ordered as entries are.
  func encode(into bytes: inout [UInt8]) {
    withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian, location.encoded)) { bytes.append(contentsOf: $0) }
  }
}

/// The first sixteen bytes of a chunk's id.
struct ChunkIDPrefix: Comparable, Hashable {
  let high: UInt64
  let low: UInt64

  init(_ id: ChunkID) {
    self = id.digest.withUnsafeBytes { ChunkIDPrefix($0, at: 0) }
  }

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
  }

  static func < (left: Self, right: Self) -> Bool {
    left.high == right.high ? left.low < right.low : left.high < right.high
  }
}
