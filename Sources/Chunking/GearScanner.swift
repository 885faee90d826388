/// The rolling hash over one chunk's bytes, and the search for candidates among the positions where it could end.
///
/// A byte leaves the 64-bit hash after 64 shifts, so the hash is a function of the last 64 bytes alone. The candidate
/// test reads the highest bits because those are the ones that the whole window reaches.
struct GearScanner {
  /// Bytes that the rolling hash and the keyed function look back on.
  static let windowSize = 64

  /// How many of the highest hash bits are zero at a candidate: one position in 1,024 is one.
  static let candidateBits: UInt64 = 10

  private static var candidateLimit: UInt64 { 1 &<< (64 &- candidateBits) }

  private let base: UnsafeRawPointer
  private let table: UnsafePointer<UInt64>
  private var hash: UInt64 = 0

  /// Bytes of the chunk that have gone by: the length that a cut here would give it.
  private var position: Int

  /// Prepares to look at the positions from `start` on, which must be ``windowSize`` or more.
  init(base: UnsafeRawPointer, table: UnsafePointer<UInt64>, start: Int) {
    self.base = base
    self.table = table
    // One byte short of a full window: the search takes a byte before it looks.
    position = start &- 1
    for index in (start &- Self.windowSize)..<position {
      hash = (hash &<< 1) &+ word(index)
    }
  }

  /// The next candidate at `end` or before whose window is accepted; nil, standing at `end`, when there is none.
  @inline(__always)
  mutating func firstPosition(upTo end: Int, where isAccepted: (UnsafeRawBufferPointer) -> Bool) -> Int? {
    while advanceToCandidate(end) {
      let window = UnsafeRawBufferPointer(start: base + (position &- Self.windowSize), count: Self.windowSize)
      if isAccepted(window) { return position }
    }
    return nil
  }

  /// Takes bytes up to and including the one that makes a candidate; false, standing at `end`, when none does.
  private mutating func advanceToCandidate(_ end: Int) -> Bool {
    // In locals, so that the loop keeps them in registers.
    var hash = hash
    var position = position
    defer {
      self.hash = hash
      self.position = position
    }
    // Four positions at a time: the sums of table words don't wait for the hash, so the chain of dependent
    // instructions through the hash is one shift and one addition for four bytes.
    while position &+ 4 <= end {
      let sum1 = word(position)
      let sum2 = (sum1 &<< 1) &+ word(position &+ 1)
      let sum3 = (sum2 &<< 1) &+ word(position &+ 2)
      let sum4 = (sum3 &<< 1) &+ word(position &+ 3)
      let hash1 = (hash &<< 1) &+ sum1
      let hash2 = (hash &<< 2) &+ sum2
      let hash3 = (hash &<< 3) &+ sum3
      let hash4 = (hash &<< 4) &+ sum4
      if min(min(hash1, hash2), min(hash3, hash4)) < Self.candidateLimit { break }
      hash = hash4
      position &+= 4
    }
    // The group that holds the candidate, or what is left of less than a group.
    while position < end {
      hash = (hash &<< 1) &+ word(position)
      position &+= 1
      if hash < Self.candidateLimit { return true }
    }
    return false
  }

  @inline(__always)
  private func word(_ index: Int) -> UInt64 {
    table[Int(base.load(fromByteOffset: index, as: UInt8.self))]
  }
}
