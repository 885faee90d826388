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
  /// Which hint it was, counted from the first.
  fileprivate let number: Int
}

/// What was asked for before anybody reads it, and has not been read.
struct SFTPReadingsAhead: Sendable {
  fileprivate var list: [SFTPReadingAhead] = []
  fileprivate var hints = 0

  fileprivate var byteCount: Int { list.reduce(0) { $0 + $1.count } }
}

extension SFTPBackend {
  /// How many bytes are asked for ahead: what is on its way over a link of 100 MB/s and 100 ms. It is all that hints can
  /// make this hold in memory.
  private static let aheadLimit = 10 << 20
  /// What was not read when so many hints have come after it never will be.
  private static let staleAfter = 32

  /// Sends the requests for a range of a pack over whichever connection has nothing else to do. What fails here is noticed
  /// when the range is read.
  public func willRead(_ name: ObjectName, at offset: UInt64, count: Int) {
    guard name.area == .packs, count > 0, offset <= UInt64(Int64.max) - UInt64(count) else { return }
    guard let number = roomAhead(for: count), let connection = try? pool.borrow() else { return }
    defer { pool.giveBack(connection) }
    let deletions = deletions.load(ordering: .acquiring)
    guard let handle = try? open(name, over: connection) else { return }
    let reading = connection.client.beginReading(
      handle, layout.path(of: name), at: offset, count: count, limits: connection.limits)
    guard (try? connection.client.send()) != nil else { return }
    let ahead = SFTPReadingAhead(
      name: name, offset: offset, count: count, deletions: deletions, connection: connection, reading: reading,
      number: number)
    readingAhead.withLock { $0.list.append(ahead) }
  }

  /// Fills the buffer with what was asked for ahead, if this range was.
  ///
  /// - Returns: how many bytes there were; nil if it was not, or nothing came of it.
  func readAhead(_ name: ObjectName, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let found = readingAhead.withLock { ahead -> SFTPReadingAhead? in
      let index = ahead.list.firstIndex { $0.name == name && $0.offset == offset && $0.count == buffer.count }
      return index.map { ahead.list.remove(at: $0) }
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

  /// The number of a hint for which there is room; nil if there is none. What is stale is forgotten for it, and nothing else:
  /// what was asked for first is read first.
  private func roomAhead(for count: Int) -> Int? {
    let (number, stale) = readingAhead.withLock { ahead -> (Int, [SFTPReadingAhead]) in
      ahead.hints += 1
      let oldest = ahead.hints - Self.staleAfter
      defer { ahead.list.removeAll { $0.number < oldest } }
      return (ahead.hints, ahead.list.filter { $0.number < oldest })
    }
    for old in stale where (try? pool.borrow(old.connection)) != nil {
      old.connection.client.forget(old.reading)
      pool.giveBack(old.connection)
    }
    return readingAhead.withLock { $0.byteCount + count <= Self.aheadLimit } ? number : nil
  }
}
