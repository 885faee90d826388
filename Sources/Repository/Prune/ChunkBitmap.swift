import Format

/// A bit for each chunk of each pack, by dense numbers: the chunks of a pack follow one another.
struct ChunkBitmap {
  /// Where a pack's chunks begin, by pack number; below zero for packs without any.
  private var bases: [Int] = []
  private var words: [UInt64] = []
  private var count = 0

  /// Makes room for a pack's chunks, unless it has room.
  mutating func add(_ pack: PackNumber, chunkCount: Int) {
    let number = Int(pack.value)
    if number >= bases.count { bases.append(contentsOf: repeatElement(-1, count: number + 1 - bases.count)) }
    guard bases[number] < 0 else { return }
    bases[number] = count
    count += chunkCount
    let needed = (count + 63) / 64
    if needed > words.count { words.append(contentsOf: repeatElement(0, count: needed - words.count)) }
  }

  /// Has a pack share its bits with another number that it had.
  mutating func add(_ pack: PackNumber, as earlier: PackNumber) {
    let number = Int(pack.value)
    if number >= bases.count { bases.append(contentsOf: repeatElement(-1, count: number + 1 - bases.count)) }
    bases[number] = bases[Int(earlier.value)]
  }

  /// Whether there is room for a pack's chunks.
  func has(_ pack: PackNumber) -> Bool {
    let number = Int(pack.value)
    return number < bases.count && bases[number] >= 0
  }

  /// Whether a chunk's bit is set.
  subscript(location: ChunkLocation) -> Bool {
    let bit = bases[Int(location.pack.value)] + Int(location.ordinal)
    return words[bit >> 6] & (1 << UInt64(bit & 63)) != 0
  }

  /// Sets a chunk's bit; false if it was set.
  mutating func insert(_ location: ChunkLocation) -> Bool {
    let bit = bases[Int(location.pack.value)] + Int(location.ordinal)
    let mask: UInt64 = 1 << UInt64(bit & 63)
    guard words[bit >> 6] & mask == 0 else { return false }
    words[bit >> 6] |= mask
    return true
  }
}
