import CLMDB

/// What a transaction's operations work on; means nothing outside this module.
public struct TransactionAccess {
  let transaction: OpaquePointer
  let environment: Environment

  /// The table's handle, after making sure that it belongs to this environment.
  func handle(_ table: Table) -> MDB_dbi {
    precondition(table.owner == ObjectIdentifier(environment), "a table of another environment")
    return table.handle
  }
}

/// Lends `bytes` to LMDB as a key, or as a value to store; it never writes through either.
func lend(_ bytes: UnsafeRawBufferPointer) -> MDB_val {
  MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
}

/// The bytes LMDB points to, good until the transaction writes or ends.
func borrow(_ value: MDB_val) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
}
