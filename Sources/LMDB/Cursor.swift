import CLMDB

/// A position in a table, for as long as it is lent.
public struct Cursor: ~Copyable {
  /// An entry's bytes in the map.
  private struct Entry {
    let key: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer
  }

  private let cursor: OpaquePointer
  private let table: Table

  init(_ access: TransactionAccess, _ table: Table) throws(LMDBError) {
    var opened: OpaquePointer?
    try LMDBError.check(
      mdb_cursor_open(access.transaction, access.handle(table), &opened), "reading \(table.name)")
    guard let opened else { throw LMDBError(code: .badTransaction, message: "no cursor in \(table.name)") }
    self.cursor = opened
    self.table = table
  }

  deinit { mdb_cursor_close(cursor) }

  /// Lends `body` each entry in the order of keys, from the first key that is not less than `start` (from the very first
  /// without one) until it stops.
  public func forEach(
    from start: UnsafeRawBufferPointer? = nil,
    _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    var entry = try move(start == nil ? MDB_FIRST : MDB_SET_RANGE, key: start)
    while let current = entry {
      if try body(current.key, current.value) == .stop { return }
      entry = try move(MDB_NEXT)
    }
  }

  private func move(_ operation: MDB_cursor_op, key: UnsafeRawBufferPointer? = nil) throws(LMDBError) -> Entry? {
    var foundKey = key.map(lend) ?? MDB_val()
    var value = MDB_val()
    let result = mdb_cursor_get(cursor, &foundKey, &value, operation)
    if result == MDB_NOTFOUND { return nil }
    try LMDBError.check(result, "reading \(table.name)")
    return Entry(key: borrow(foundKey), value: borrow(value))
  }
}
