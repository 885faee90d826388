internal import COpenSSL
internal import CSHA256

extension HMACSHA256 {
  /// A message of a batch: one byte, and then bytes that stay where they are.
  public struct Message {
    let prefix: UInt8
    let bytes: UnsafeRawBufferPointer

    /// A message that begins with `prefix`.
    public init(prefix: UInt8, _ bytes: UnsafeRawBufferPointer) {
      self.prefix = prefix
      self.bytes = bytes
    }
  }

  /// Whether the processor hashes two messages in hardly more time than one.
  private static let hashesPairs = csha256_is_supported()

  /// The authentication codes of messages, in their order: each is what `authenticate(prefix:_:)` gives.
  ///
  /// Where the processor has SHA extensions, two messages are hashed at once, and when one ends the next takes its
  /// place. So what counts is that there are many, not that their lengths are alike.
  public mutating func authenticate(_ messages: [Message]) -> [Digest256] {
    guard Self.hashesPairs, messages.count > 1 else {
      return messages.map { authenticate(prefix: $0.prefix, $0.bytes) }
    }
    return [Digest256](unsafeUninitializedCapacity: messages.count) { codes, count in
      authenticatePairs(messages) { codes.initializeElement(at: $0, to: $1) }
      count = messages.count
    }
  }

  private mutating func authenticatePairs(_ messages: [Message], _ body: (Int, Digest256) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 2 * HMACLane.scratchCount, alignment: 16) { scratch in
      guard let start = scratch.bytePointer else { return }
      var first = HMACLane(state: working, scratch: start)
      var second = HMACLane(state: workingSecond, scratch: start + HMACLane.scratchCount)
      var next = 0
      while true {
        if first.isIdle, next < messages.count {
          first.begin(messages[next], ordinal: next, inner: inner)
          next += 1
        }
        if second.isIdle, next < messages.count {
          second.begin(messages[next], ordinal: next, inner: inner)
          next += 1
        }
        if !first.isIdle, !second.isIdle {
          let blocks = min(first.blocks, second.blocks)
          csha256_compress_pair(first.words, first.position, second.words, second.position, blocks)
          first.advance(by: blocks, outer: outer, body)
          second.advance(by: blocks, outer: outer, body)
        } else if !first.isIdle {
          first.compress()
          first.advance(by: first.blocks, outer: outer, body)
        } else if !second.isIdle {
          second.compress()
          second.advance(by: second.blocks, outer: outer, body)
        } else {
          // What a digest was made of is as secret as the digest; what is left of the messages is wiped with it.
          return OPENSSL_cleanse(scratch.baseAddress, scratch.count)
        }
      }
    }
  }
}
