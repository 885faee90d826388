import CLMDB

/// A position in a table, for as long as it is lent.
public struct Cursor: ~Copyable {
  /// An entry's bytes in the map.
  struct Entry {
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

  /// Moves the cursor; nil when there is no entry there.
  func move(_ operation: MDB_cursor_op, key: UnsafeRawBufferPointer? = nil) throws(LMDBError) -> Entry? {
    var foundKey = key.map(lend) ?? MDB_val()
    var value = MDB_val()
    let result = mdb_cursor_get(cursor, &foundKey, &value, operation)
    if result == MDB_NOTFOUND { return nil }
    try LMDBError.check(result, "reading \(table.name)")
    return Entry(key: borrow(foundKey), value: borrow(value))
  }

  /// Lends `body` each value of `key` in order until it stops; there are several only in a table with duplicates.
  public func forEachValue(
    of key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    var entry = try move(MDB_SET_KEY, key: key)
    while let current = entry {
      if try body(current.value) == .stop { return }
      guard table.options.contains(.duplicates) else { return }
      entry = try move(MDB_NEXT_DUP)
    }
  }
}
