import SSH
import Synchronization

/// A range of a pack that was asked for before anybody reads it.
struct SFTPReadingAhead: @unchecked Sendable {
  fileprivate let name: ObjectName
  fileprivate let offset: UInt64
  fileprivate let count: Int
  /// When it was, in the count of deletions.
  fileprivate let deletions: Int
  fileprivate let connection: SFTPConnection
  /// To be touched by whoever has borrowed the connection.
  fileprivate let reading: SFTPClient.Reading
}

extension SFTPBackend {
  /// How many bytes are asked for ahead: what is on its way over a link of 80 MB/s and 100 ms. It is all that hints can
  /// make this hold in memory.
  private static let aheadLimit = 8 << 20

  /// Sends the requests for a range of a pack over whichever connection has nothing else to do. What fails here is noticed
  /// when the range is read.
  public func willRead(_ name: ObjectName, at offset: UInt64, count: Int) {
    guard name.area == .packs, count > 0, offset <= UInt64(Int64.max) - UInt64(count) else { return }
    forgetAhead(leaving: Self.aheadLimit - count)
    guard count <= Self.aheadLimit, let connection = try? pool.borrow() else { return }
    defer { pool.giveBack(connection) }
    let deletions = deletions.load(ordering: .acquiring)
    guard let handle = try? open(name, over: connection) else { return }
    let reading = connection.client.beginReading(
      handle, layout.path(of: name), at: offset, count: count, limits: connection.limits)
    guard (try? connection.client.send()) != nil else { return }
    let ahead = SFTPReadingAhead(
      name: name, offset: offset, count: count, deletions: deletions, connection: connection, reading: reading)
    readingAhead.withLock { $0.append(ahead) }
  }

  /// Fills the buffer with what was asked for ahead, if this range was.
  ///
  /// - Returns: how many bytes there were; nil if it was not, or nothing came of it.
  func readAhead(_ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let found = readingAhead.withLock { list -> SFTPReadingAhead? in
      let index = list.firstIndex { $0.name == name && $0.offset == offset && $0.count == buffer.count }
      return index.map { list.remove(at: $0) }
    }
    guard let found, (try? pool.borrow(found.connection)) != nil else { return nil }
    defer { pool.giveBack(found.connection) }
    // The name may be another object's by now.
    guard found.deletions == deletions.load(ordering: .acquiring) else {
      found.connection.client.forget(found.reading)
      return nil
    }
    return try? found.connection.client.finish(found.reading, into: buffer)
  }

  /// Forgets what was asked for the longest ago, until no more than `limit` bytes are left.
  private func forgetAhead(leaving limit: Int) {
    while true {
      let oldest = readingAhead.withLock { list -> SFTPReadingAhead? in
        list.reduce(0) { $0 + $1.count } > max(limit, 0) ? list.removeFirst() : nil
      }
      guard let oldest else { return }
      guard (try? pool.borrow(oldest.connection)) != nil else { continue }
      oldest.connection.client.forget(oldest.reading)
      pool.giveBack(oldest.connection)
    }
  }
}
