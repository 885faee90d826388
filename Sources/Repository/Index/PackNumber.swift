/// A pack's number in this client's cache: small, dense, never shown to anybody and never stored in the repository.
struct PackNumber: Hashable, Sendable {
  let value: UInt32
}

/// Where a chunk lies: the pack, and the chunk's ordinal in the pack's directory.
struct ChunkLocation: Hashable, Sendable {
  let pack: PackNumber
  let ordinal: UInt32
}

extension ChunkLocation: Comparable {
  // Big-endian, so that bytes are ordered as locations are.
  var encoded: UInt64 { (UInt64(pack.value) << 32 | UInt64(ordinal)).bigEndian }

  init(encoded: UInt64) {
    let value = UInt64(bigEndian: encoded)
    pack = PackNumber(value: UInt32(truncatingIfNeeded: value >> 32))
    ordinal = UInt32(truncatingIfNeeded: value)
  }

  static func < (left: Self, right: Self) -> Bool {
    left.pack == right.pack ? left.ordinal < right.ordinal : left.pack.value < right.pack.value
  }
}

/// Numbers of packs.
struct PackNumberSet {
  private var words: [UInt64] = []

  mutating func insert(_ pack: PackNumber) {
    let word = Int(pack.value >> 6)
    if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
    words[word] |= 1 << UInt64(pack.value & 63)
  }

  func contains(_ pack: PackNumber) -> Bool {
    let word = Int(pack.value >> 6)
    return word < words.count && words[word] & (1 << UInt64(pack.value & 63)) != 0
  }
}
