import CLMDB

/// What an iteration's closure wants next.
public enum Iteration: Sendable {
  /// The next entry, if there is one.
  case next
  /// No more entries.
  case stop
}

extension TableReading where Self: ~Copyable {
  /// Lends `body` each entry in the order of keys, and of values under one key, from the first key that is not less than
  /// `start` (from the very first without one) until it stops.
  public func forEach(
    in table: Table, from start: UnsafeRawBufferPointer? = nil,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    let cursor = try Cursor(access, table)
    var entry = try cursor.move(start == nil ? MDB_FIRST : MDB_SET_RANGE, key: start)
    while let current = entry {
      if try body(current.key, current.value) == .stop { return }
      entry = try cursor.move(MDB_NEXT)
    }
  }

  /// Lends `body` each value of `key` in order until it stops; there are several only in a table with duplicates.
  public func forEachValue(
    of key: UnsafeRawBufferPointer, in table: Table,
    _ body: (UnsafeRawBufferPointer) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    try Cursor(access, table).forEachValue(of: key, body)
  }

  /// Lends `body` a cursor in `table`: for many look-ups it saves making one for each.
  public func withCursor<R>(
    in table: Table, _ body: (borrowing Cursor) throws(LMDBError) -> R
  ) throws(LMDBError) -> R {
    try body(try Cursor(access, table))
  }

  /// Lends `body` the entry with the greatest key that is not greater than `key`.
  ///
  /// Returns what `body` does, or nil without calling it when every key is greater.
  public func withEntry<R>(
    atOrBefore key: UnsafeRawBufferPointer, in table: Table,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(LMDBError) -> R
  ) throws(LMDBError) -> R? {
    let cursor = try Cursor(access, table)
    var entry: Cursor.Entry?
    if let atOrAfter = try cursor.move(MDB_SET_RANGE, key: key) {
      entry = atOrAfter.key.elementsEqual(key) ? atOrAfter : try cursor.move(MDB_PREV_NODUP)
    } else {
      entry = try cursor.move(MDB_LAST)
    }
    guard let entry else { return nil }
    return try body(entry.key, entry.value)
  }
}
