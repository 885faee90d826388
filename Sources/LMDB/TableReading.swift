import CLMDB

/// Reading, the same in read and write transactions.
///
/// Bytes are lent to closures only: they lie in the map, and are gone once the transaction writes or ends.
public protocol TableReading: ~Copyable {
  /// What the operations work on.
  var access: TransactionAccess { get }
}

extension TableReading where Self: ~Copyable {
  /// Lends `body` the value for `key`.
  ///
  /// Returns what `body` does, or nil without calling it when the key is not there.
  public func withValue<R>(
    for key: UnsafeRawBufferPointer, in table: Table,
    _ body: (UnsafeRawBufferPointer) throws(LMDBError) -> R
  ) throws(LMDBError) -> R? {
    let access = access
    var lentKey = lend(key)
    var value = MDB_val()
    let result = mdb_get(access.transaction, access.handle(table), &lentKey, &value)
    if result == MDB_NOTFOUND { return nil }
    try LMDBError.check(result, "looking up in \(table.name)")
    return try body(borrow(value))
  }

  /// Whether `key` is in `table`.
  public func contains(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> Bool {
    let access = access
    var lentKey = lend(key)
    var value = MDB_val()
    let result = mdb_get(access.transaction, access.handle(table), &lentKey, &value)
    if result == MDB_NOTFOUND { return false }
    try LMDBError.check(result, "looking up in \(table.name)")
    return true
  }

  /// Which state of the environment is seen: another number after every commit.
  public var view: Int { mdb_txn_id(access.transaction) }

  /// How many bytes the pages of `table` take.
  public func bytes(of table: Table) throws(LMDBError) -> Int {
    let statistics = try statistics(of: table)
    let pages = statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages
    return pages * Int(statistics.ms_psize)
  }

  /// How many entries `table` has.
  public func count(of table: Table) throws(LMDBError) -> Int {
    try statistics(of: table).ms_entries
  }

  private func statistics(of table: Table) throws(LMDBError) -> MDB_stat {
    let access = access
    var statistics = MDB_stat()
    try LMDBError.check(
      mdb_stat(access.transaction, access.handle(table), &statistics), "counting \(table.name)")
    return statistics
  }
}
