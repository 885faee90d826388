extension SFTPClient {
  // As much is asked for before the first of it has come.
  private static let window = 4 << 20

  /// Bytes of a file that were asked for.
  public struct Reading {
    fileprivate let handle: SFTPHandle
    fileprivate let path: [UInt8]
    fileprivate let offset: UInt64
    fileprivate let count: Int
    /// The length of one request.
    fileprivate let step: Int
    fileprivate var asked: [(range: Range<Int>, pending: Pending<ArraySlice<UInt8>?>)] = []
    /// The first one that was not answered.
    fileprivate var head = 0
    /// Where the next request begins.
    fileprivate var next = 0
  }

  /// Fills the buffer from `offset` on, with as many requests on their way at once as pay.
  ///
  /// - Returns: how many bytes there were; fewer than the buffer has only at the end of the file.
  public func read(
    _ handle: SFTPHandle, _ path: [UInt8], at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer,
    limits: SFTPLimits
  ) throws(SSHError) -> Int {
    try finish(beginReading(handle, path, at: offset, count: buffer.count, limits: limits), into: buffer)
  }

  /// Submits the first requests for a range of a file. It is to be finished or forgotten.
  public func beginReading(
    _ handle: SFTPHandle, _ path: [UInt8], at offset: UInt64, count: Int, limits: SFTPLimits
  ) -> Reading {
    var reading = Reading(handle: handle, path: path, offset: offset, count: count, step: limits.read)
    askOn(&reading)
    return reading
  }

  /// Fills the buffer, which is as long as what was asked for.
  ///
  /// - Returns: how many bytes there were; fewer than the buffer has only at the end of the file.
  public func finish(_ begun: Reading, into buffer: UnsafeMutableRawBufferPointer) throws(SSHError) -> Int {
    precondition(buffer.count == begun.count)
    var reading = begun
    defer { forget(reading) }
    while true {
      askOn(&reading)
      guard reading.head < reading.asked.count else { return buffer.count }
      let (range, pending) = reading.asked[reading.head]
      reading.head += 1
      guard let bytes = try value(of: pending) else { return range.lowerBound }
      guard (1...range.count).contains(bytes.count) else {
        throw violation("has sent \(bytes.count) bytes where \(range.count) were asked for")
      }
      UnsafeMutableRawBufferPointer(rebasing: buffer[range.lowerBound..<range.lowerBound + bytes.count])
        .copyBytes(from: bytes)
      // Servers may send less than was asked for; the rest comes next.
      if bytes.count < range.count {
        reading.head -= 1
        reading.asked[reading.head] = ask(for: range.lowerBound + bytes.count..<range.upperBound, of: reading)
      }
    }
  }

  /// Does without what was asked for.
  public func forget(_ reading: Reading) {
    for (_, pending) in reading.asked[reading.head...] { forget(pending) }
  }

  private func askOn(_ reading: inout Reading) {
    while reading.next < reading.count,
      reading.head == reading.asked.count || reading.next - reading.asked[reading.head].range.lowerBound < Self.window
    {
      let end = min(reading.count, reading.next + reading.step)
      reading.asked.append(ask(for: reading.next..<end, of: reading))
      reading.next = end
    }
  }

  private func ask(for range: Range<Int>, of reading: Reading) -> (Range<Int>, Pending<ArraySlice<UInt8>?>) {
    let offset = reading.offset + UInt64(range.lowerBound)
    return (range, bytes(of: reading.handle, reading.path, at: offset, count: range.count))
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
        guard names.count <= limit else {
          throw violation("lists more names than there can be in \(String(decoding: path, as: UTF8.self))")
        }
      }
      isAtOnce = false
      // A long directory takes ever more at once.
      asked = (0..<min(2 * asked.count, 32)).map { _ in self.names(in: handle, path) }
    }
  }

  /// What a listing may have: ten times what the largest repositories have in all, and some 150 MB.
  public static let nameLimit = 1_000_000
}
