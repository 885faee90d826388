/// Answers on their way in: bytes that become packets. What a server sends is bounded before anything is made of it.
struct SFTPReplies {
  /// The longest packet that is taken: OpenSSH sends 256 KiB at most.
  static let packetLimit = 512 << 10

  private var bytes = [UInt8](repeating: 0, count: 2 * packetLimit)
  private var start = 0
  private var end = 0

  /// Has `read` fill in what there is, as far as there is room; says how much it was.
  mutating func fill(_ read: (UnsafeMutableRawBufferPointer) throws(SSHError) -> Int) throws(SSHError) -> Int {
    if start > 0 {
      bytes.withUnsafeMutableBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: bytes[..<(end - start)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      }
      end -= start
      start = 0
    }
    let count = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(SSHError) in
      try read(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[end...]))
    }
    end += count
    return count
  }

  /// The beginning of what comes next, if that is no packet but text: the length of a packet begins with a zero.
  var text: String? {
    guard end - start >= 4, bytes[start] != 0 else { return nil }
    let line = bytes[start..<end].drop { $0 <= 0x20 }.prefix(60).prefix { $0 >= 0x20 }
    return String(decoding: line, as: UTF8.self)
  }

  /// The next packet without its length; nil if it is not there as a whole.
  ///
  /// - Throws: `.protocolViolation` if it is longer than packets may be.
  mutating func next() throws(SSHError) -> ArraySlice<UInt8>? {
    guard end - start >= 4 else { return nil }
    let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    guard (1...Self.packetLimit).contains(length) else {
      throw SSHError(.protocolViolation, "a packet of \(length) bytes, where \(Self.packetLimit) are the most")
    }
    guard end - start >= 4 + length else { return nil }
    let packet = Array(bytes[(start + 4)..<(start + 4 + length)])
    start += 4 + length
    return packet[...]
  }
}
