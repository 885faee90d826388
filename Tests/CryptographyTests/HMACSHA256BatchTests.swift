import Cryptography
import TestSupport
import Testing

@Suite struct HMACSHA256BatchTests {
  /// The codes of messages as a batch, and each by itself.
  private func codes(of messages: [[UInt8]], key: [UInt8], prefix: UInt8) -> (batch: [Digest256], single: [Digest256]) {
    // One allocation of its own for each message, so that a sanitizer sees every byte read beyond its end.
    let buffers = messages.map { message in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
      buffer.copyBytes(from: message)
      return UnsafeRawBufferPointer(buffer)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    var hmac = HMACSHA256(key: secret(key))
    let batch = hmac.authenticate(
      buffers.enumerated().map { .init(prefix: prefix &+ UInt8(truncatingIfNeeded: $0.offset), $0.element) })
    let single = buffers.enumerated().map {
      hmac.authenticate(prefix: prefix &+ UInt8(truncatingIfNeeded: $0.offset), $0.element)
    }
    return (batch, single)
  }

  @Test("a batch of two has the codes of its messages, for all lengths up to five blocks beside a few others")
  func pairs() {
    let seed: UInt64 = 11
    var generator = SeededGenerator(seed: seed)
    let key = generator.bytes(32)
    for first in 0...320 {
      for second in [first, 0, 1, 54, 55, 62, 63, 64, 118, 119, 127, 128, 1000] {
        let (batch, single) = codes(of: [generator.bytes(first), generator.bytes(second)], key: key, prefix: 3)
        #expect(batch == single, "seed \(seed), \(first) and \(second) bytes")
      }
    }
  }

  @Test("a batch of any size has the codes of its messages, in their order", arguments: 0..<200 as Range<UInt64>)
  func batches(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let lengths = (0..<Int.random(in: 0...9, using: &generator)).map { _ in
      Int.random(in: 0...(1 << Int.random(in: 0...17, using: &generator)), using: &generator)
    }
    let messages = lengths.map { generator.bytes($0) }
    let key = generator.bytes(Int.random(in: 0...100, using: &generator))
    let (batch, single) = codes(of: messages, key: key, prefix: UInt8.random(in: 0...255, using: &generator))
    #expect(batch == single, "seed \(seed), \(lengths) bytes")
  }
}
