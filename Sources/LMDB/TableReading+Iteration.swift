import CLMDB

/// What an iteration's closure wants next.
public enum Iteration: Sendable {
  /// The next entry, if there is one.
  case next
  /// No more entries.
  case stop
}

extension TableReading where Self: ~Copyable {
  /// Lends `body` each entry in the order of keys, from the first key that is not less than `start` (from the very first
  /// without one) until it stops.
  public func forEach(
    in table: Table, from start: UnsafeRawBufferPointer? = nil,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    try Cursor(access, table).forEach(from: start, body)
  }

  /// Lends `body` a cursor in `table`: for many look-ups it saves making one for each.
  public func withCursor<R>(
    in table: Table, _ body: (borrowing Cursor) throws(LMDBError) -> R
  ) throws(LMDBError) -> R {
    try body(try Cursor(access, table))
  }
}
