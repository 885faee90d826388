internal import COpenSSL

/// One of two HMACs under way: a hash state, and the whole blocks that come next.
///
/// A message is taken as up to four stretches: the prefix and the first 63 bytes, the blocks that follow where they lie,
/// the rest with the padding, and the block of the outer hash.
struct HMACLane {
  private enum Stretch { case none, head, body, tail, outer }

  private static let blockCount = Int(SHA256_CBLOCK)
  /// The bytes of scratch memory that a lane needs: a message's rest and its padding take two blocks at most.
  static let scratchCount = 2 * blockCount

  private let state: UnsafeMutablePointer<SHA256_CTX>
  private let scratch: UnsafeMutablePointer<UInt8>
  private var stretch = Stretch.none
  private var message = HMACSHA256.Message(prefix: 0, UnsafeRawBufferPointer(start: nil, count: 0))
  private var ordinal = 0
  /// The blocks of the present stretch that are still to be taken in.
  private(set) var position: UnsafePointer<UInt8>
  private(set) var blocks = 0

  /// A lane without a message.
  init(state: UnsafeMutablePointer<SHA256_CTX>, scratch: UnsafeMutablePointer<UInt8>) {
    self.state = state
    self.scratch = scratch
    position = UnsafePointer(scratch)
  }

  var isIdle: Bool { stretch == .none }

  /// The eight words of the hash state.
  var words: UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(state).assumingMemoryBound(to: UInt32.self)
  }

  /// Takes up a message; `inner` is the hash state after the key's first block.
  mutating func begin(_ message: HMACSHA256.Message, ordinal: Int, inner: UnsafePointer<SHA256_CTX>) {
    self.message = message
    self.ordinal = ordinal
    state.update(from: inner, count: 1)
    scratch[0] = message.prefix
    let count = min(message.bytes.count, Self.blockCount - 1)
    if let bytes = message.bytes.bytePointer { (scratch + 1).update(from: bytes, count: count) }
    if 1 + count == Self.blockCount {
      take(.head, scratch, 1)
    } else {
      take(.tail, scratch, pad(from: 1 + count))
    }
  }

  /// Takes in what is left of the stretch, alone.
  func compress() {
    SHA256_Update(state, position, blocks * Self.blockCount)
  }

  /// Says that so many blocks have been taken in. After the last of a message, `body` gets its code.
  @inline(__always)
  mutating func advance(by count: Int, outer: UnsafePointer<SHA256_CTX>, _ body: (Int, Digest256) -> Void) {
    position += count * Self.blockCount
    blocks -= count
    if blocks == 0 { proceed(outer, body) }
  }

  private mutating func proceed(_ outer: UnsafePointer<SHA256_CTX>, _ body: (Int, Digest256) -> Void) {
    let afterHead = message.bytes.count - (Self.blockCount - 1)
    let isHead = stretch == .head
    switch stretch {
    case .none: break
    case .head, .body:
      guard let start = message.bytes.bytePointer else { return }
      let rest = afterHead % Self.blockCount
      if isHead, afterHead >= Self.blockCount {
        take(.body, start + Self.blockCount - 1, afterHead / Self.blockCount)
      } else {
        scratch.update(from: start + (message.bytes.count - rest), count: rest)
        take(.tail, scratch, pad(from: rest))
      }
    case .tail:
      storeDigest()
      state.update(from: outer, count: 1)
      let length = pad(from: Digest256.byteCount, length: Self.blockCount + Digest256.byteCount)
      take(.outer, scratch, length)
    case .outer:
      storeDigest()
      stretch = .none
      body(ordinal, Digest256(UnsafeRawBufferPointer(start: scratch, count: Digest256.byteCount)))
    }
  }

  private mutating func take(_ stretch: Stretch, _ start: UnsafePointer<UInt8>, _ blocks: Int) {
    self.stretch = stretch
    self.position = start
    self.blocks = blocks
  }

  /// Ends the inner hash's message after `used` bytes in the scratch memory; gives the number of blocks there.
  private func pad(from used: Int) -> Int {
    pad(from: used, length: Self.blockCount + 1 + message.bytes.count)
  }

  /// Appends SHA-256's padding to `used` bytes in the scratch memory, the last of `length` bytes hashed.
  private func pad(from used: Int, length: Int) -> Int {
    let blocks = used + 9 <= Self.blockCount ? 1 : 2
    let end = blocks * Self.blockCount
    scratch[used] = 0x80
    (scratch + used + 1).update(repeating: 0, count: end - used - 1)
    UnsafeMutableRawPointer(scratch).storeBytes(
      of: UInt64(8 * length).bigEndian, toByteOffset: end - 8, as: UInt64.self)
    return blocks
  }

  /// Writes the hash state's words to the scratch memory as a digest has them.
  private func storeDigest() {
    for index in 0..<Digest256.byteCount / 4 {
      UnsafeMutableRawPointer(scratch).storeBytes(
        of: words[index].bigEndian, toByteOffset: 4 * index, as: UInt32.self)
    }
  }
}
