import Cryptography
public import Format

/// A set of chunk ids in 24 bytes each: their first 16 bytes in an open-addressed table.
///
/// Ids are keyed hashes, so that two with the same 16 bytes don't come up by chance. Who has a write key knows the hash's key:
/// it would have to try 2^64 chunks for two of its own making, and 2^128 for one that is taken for somebody else's; where it may
/// choose the numbers too, 2^32 for two of its own.
public struct CompactIDSet: Sendable {
  private typealias Key = SIMD2<UInt64>
  private static let empty = Key(0, 0)

  private var slots = [Key](repeating: Self.empty, count: 1 << 10)
  /// How many there are.
  public private(set) var count = 0

  /// None.
  public init() {}

  /// Adds an id together with a number that belongs to it; false if both are there already.
  @discardableResult
  public mutating func insert(_ id: ChunkID, with number: UInt64 = 0) -> Bool {
    if count >= slots.count - slots.count / 3 { grow() }
    let key = Self.key(id, number)
    let slot = self.slot(of: key)
    guard slots[slot] == Self.empty else { return false }
    slots[slot] = key
    count += 1
    return true
  }

  /// Whether the id was added with this number.
  public func contains(_ id: ChunkID, with number: UInt64 = 0) -> Bool {
    slots[slot(of: Self.key(id, number))] != Self.empty
  }

  /// The slot that holds the key, or the empty one where it belongs.
  private func slot(of key: Key) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: key.x) & mask
    while slots[slot] != key, slots[slot] != Self.empty { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Key](repeating: Self.empty, count: old.count * 2)
    for key in old where key != Self.empty { slots[slot(of: key)] = key }
  }

  private static func key(_ id: ChunkID, _ number: UInt64) -> Key {
    let key = id.digest.withUnsafeBytes { bytes in
      Key(
        bytes.loadUnaligned(as: UInt64.self),
        // Spread over all bits, so that small numbers differ in more than the last ones.
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ (number &* 0x9E37_79B9_7F4A_7C15))
    }
    return key == empty ? Key(0, 1) : key
  }
}
