/// SipHash-2-4 with a 64-bit result: the pseudorandom function that turns candidates into cuts.
///
/// Holding the key as the four initial state words saves deriving them at every candidate.
struct SipHash24: Sendable {
  private let initial: State

  /// Takes the key as two words, each read little-endian from its half of the 16 key bytes.
  init(key0: UInt64, key1: UInt64) {
    // The ASCII text "somepseudorandomlygeneratedbytes" read as four big-endian words.
    initial = State(
      v0: key0 ^ 0x736f_6d65_7073_6575,
      v1: key1 ^ 0x646f_7261_6e64_6f6d,
      v2: key0 ^ 0x6c79_6765_6e65_7261,
      v3: key1 ^ 0x7465_6462_7974_6573)
  }

  /// The hash of `message`, whose length may be anything.
  func hash(_ message: UnsafeRawBufferPointer) -> UInt64 {
    var state = initial
    let tail = message.count & ~7
    var offset = 0
    while offset < tail {
      state.absorb(UInt64(littleEndian: message.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    // The last word holds the 0 to 7 remaining bytes and, on top, the length modulo 256.
    var last = UInt64(truncatingIfNeeded: message.count) << 56
    while offset < message.count {
      last |= UInt64(message[offset]) << UInt64(8 * (offset - tail))
      offset += 1
    }
    state.absorb(last)
    return state.finish()
  }
}

extension SipHash24 {
  private struct State {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    @inline(__always)
    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    @inline(__always)
    mutating func finish() -> UInt64 {
      v2 ^= 0xff
      round()
      round()
      round()
      round()
      return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
      v0 &+= v1
      v1 = rotateLeft(v1, 13) ^ v0
      v0 = rotateLeft(v0, 32)
      v2 &+= v3
      v3 = rotateLeft(v3, 16) ^ v2
      v0 &+= v3
      v3 = rotateLeft(v3, 21) ^ v0
      v2 &+= v1
      v1 = rotateLeft(v1, 17) ^ v2
      v2 = rotateLeft(v2, 32)
    }

    @inline(__always)
    private func rotateLeft(_ word: UInt64, _ count: UInt64) -> UInt64 {
      (word &<< count) | (word &>> (64 - count))
    }
  }
}
