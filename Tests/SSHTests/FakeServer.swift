@testable import SSH

/// A server of one's own making: it answers each request as it is told, in the same thread.
final class FakeServer: ByteChannel {
  let peer = "fake"
  let isSending = false

  private var requests: [UInt8] = []
  private var replies: [UInt8]
  private let answer: (UInt8, ArraySlice<UInt8>) -> [UInt8]
  /// The most bytes that come at once.
  private let portion: Int

  /// A server that says `hello` first. `answer` makes the bytes that are sent for a request, from its type and what follows it;
  /// the first four bytes of that are its number.
  init(
    hello: [UInt8] = FakeServer.packet(2, [0, 0, 0, 3]), portion: Int = .max,
    _ answer: @escaping (UInt8, ArraySlice<UInt8>) -> [UInt8]
  ) {
    replies = hello
    self.portion = portion
    self.answer = answer
  }

  /// A packet with its length before it.
  static func packet(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { string([type] + body) }

  /// Bytes with their number before them.
  static func string(_ bytes: [UInt8]) -> [UInt8] { number(UInt32(bytes.count)) + bytes }

  static func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

  func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    requests += bytes
    while requests.count >= 4, case let length = requests[..<4].reduce(0, { $0 << 8 | Int($1) }),
      requests.count >= 4 + length
    {
      let packet = Array(requests[4..<4 + length])
      requests.removeFirst(4 + length)
      if packet[0] != 1 { replies += answer(packet[0], packet[1...]) }
    }
    return bytes.count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SSHError) -> Int {
    let count = min(buffer.count, replies.count, portion)
    guard count > 0 else { throw SSHError(.disconnected, "the fake server has no more to say") }
    buffer.copyBytes(from: replies[..<count])
    replies.removeFirst(count)
    return count
  }

  func wait() {}

  func beginListening() {}
}
