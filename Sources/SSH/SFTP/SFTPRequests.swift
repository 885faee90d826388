/// Requests on their way out, one behind the other, as bytes.
struct SFTPRequests {
  private(set) var bytes: [UInt8] = []
  /// How many of the bytes were sent.
  private var sent = 0

  var isEmpty: Bool { sent == bytes.count }

  /// How many bytes wait to be sent.
  var count: Int { bytes.count - sent }

  /// Adds a message; `body` writes what comes after its type.
  mutating func append(_ type: SFTPMessage, _ body: (inout SFTPRequests) -> Void) {
    if isEmpty {
      bytes.removeAll(keepingCapacity: true)
      sent = 0
    }
    let start = bytes.count
    uint32(0)
    bytes.append(type.rawValue)
    body(&self)
    let length = UInt32(bytes.count - start - 4)
    for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
  }

  mutating func uint32(_ value: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func uint64(_ value: UInt64) {
    uint32(UInt32(truncatingIfNeeded: value >> 32))
    uint32(UInt32(truncatingIfNeeded: value))
  }

  mutating func string(_ value: some Collection<UInt8>) {
    uint32(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  /// Hands what waits to `body`, which says how much of it was sent.
  mutating func send(_ body: (UnsafeRawBufferPointer) throws(SSHError) -> Int) throws(SSHError) -> Int {
    let count = try bytes.withUnsafeBufferPointer { (bytes) throws(SSHError) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...]))
    }
    sent += count
    return count
  }
}
