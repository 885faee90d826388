extension SFTPClient {
  // As much is asked for before the first of it has come.
  private static let window = 4 << 20

  /// Fills the buffer from `offset` on, with as many requests on their way at once as pay.
  ///
  /// - Returns: how many bytes there were; fewer than the buffer has only at the end of the file.
  public func read(
    _ handle: SFTPHandle, _ path: [UInt8], at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    limits: SFTPLimits
  ) throws(SSHError) -> Int {
    var asked: [(range: Range<Int>, pending: Pending<ArraySlice<UInt8>?>)] = []
    var head = 0
    var next = 0
    func ask(_ range: Range<Int>) -> (Range<Int>, Pending<ArraySlice<UInt8>?>) {
      (range, bytes(of: handle, path, at: offset + UInt64(range.lowerBound), count: range.count))
    }
    defer { for (_, pending) in asked[head...] { forget(pending) } }
    while true {
      while next < buffer.count, head == asked.count || next - asked[head].range.lowerBound < Self.window {
        let end = min(buffer.count, next + limits.read)
        asked.append(ask(next..<end))
        next = end
      }
      guard head < asked.count else { return buffer.count }
      let (range, pending) = asked[head]
      head += 1
      guard let bytes = try value(of: pending) else { return range.lowerBound }
      guard (1...range.count).contains(bytes.count) else {
        throw violation("has sent \(bytes.count) bytes where \(range.count) were asked for")
      }
      UnsafeMutableRawBufferPointer(rebasing: buffer[range.lowerBound..<range.lowerBound + bytes.count])
        .copyBytes(from: bytes)
      // Servers may send less than was asked for; the rest comes next.
      if bytes.count < range.count {
        head -= 1
        asked[head] = ask(range.lowerBound + bytes.count..<range.upperBound)
      }
    }
  }

  /// Asks for the first names in an open directory. The end takes an answer of its own, so two are asked for at once.
  public func beginListing(_ handle: SFTPHandle, _ path: [UInt8]) -> [Pending<[SFTPName]?>] {
    [names(in: handle, path), names(in: handle, path)]
  }

  /// All names in an open directory but `.` and `..`.
  ///
  /// - Returns: the names, and whether what was begun brought all of them.
  /// - Throws: `.protocolViolation` if there are more than `limit`, or one that no file can have.
  public func allNames(
    in handle: SFTPHandle, _ path: [UInt8], _ begun: [Pending<[SFTPName]?>], limit: Int = SFTPClient.nameLimit
  ) throws(SSHError) -> (names: [SFTPName], isAtOnce: Bool) {
    var asked = begun
    var isAtOnce = true
    var names: [SFTPName] = []
    while true {
      for (index, pending) in asked.enumerated() {
        guard let some = try value(of: pending) else {
          for rest in asked[(index + 1)...] { forget(rest) }
          return (names, isAtOnce)
        }
        guard !some.isEmpty else { throw violation("lists nothing, without an end") }
        guard some.allSatisfy({ $0.bytes.count <= 255 }) else { throw violation("lists a name of more than 255 bytes") }
        names += some.filter { $0.bytes != [0x2E] && $0.bytes != [0x2E, 0x2E] }
        guard names.count <= limit else { throw violation("lists more than \(Self.nameLimit) names") }
      }
      isAtOnce = false
      // A long directory takes ever more at once.
      asked = (0..<min(2 * asked.count, 32)).map { _ in self.names(in: handle, path) }
    }
  }

  /// As many names one listing may have, of all its directories: as many packs hold 250 TB.
  public static let nameLimit = 4_000_000
}
