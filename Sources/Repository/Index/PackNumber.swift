/// A pack's number in this client's cache: small, dense, never shown to anybody and never stored in the repository.
struct PackNumber: Hashable, Sendable {
  let value: UInt32
}

/// Where a chunk lies: the pack, and the chunk's ordinal in the pack's directory.
struct ChunkLocation: Hashable, Sendable {
  let pack: PackNumber
  let ordinal: UInt32
}

extension ChunkLocation {
  static let encodedLength = 8

  // Big-endian, so that LMDB keeps the locations of a chunk in pack order.
  var encoded: UInt64 { (UInt64(pack.value) << 32 | UInt64(ordinal)).bigEndian }

  init(encoded: UInt64) {
    let value = UInt64(bigEndian: encoded)
    pack = PackNumber(value: UInt32(truncatingIfNeeded: value >> 32))
    ordinal = UInt32(truncatingIfNeeded: value)
  }
}
