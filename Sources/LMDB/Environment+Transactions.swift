import CLMDB
import Glibc

extension Environment {
  /// Lends `body` a consistent view of all tables, as of now.
  ///
  /// `body` should not begin another transaction in this environment; when the map has to be resized just then, both
  /// wait until one gives up. Throws what `body` throws, or what beginning the transaction does.
  public func read<R>(
    _ body: (borrowing ReadTransaction) throws(LMDBError) -> R
  ) throws(LMDBError) -> R {
    let transaction = try ReadTransaction(self)
    return try body(transaction)
  }

  /// Lends `body` the one write transaction; commits durably when it returns, and undoes everything when it throws.
  ///
  /// When the map turns out to be full, all is undone, the map is doubled and `body` is run again: its other effects
  /// must bear that. Writers wait for each other, also across processes; a write inside a write traps.
  /// Throws what `body` throws, `.mapFull` when the map can't grow because this process's transactions don't end, or
  /// `.system`, for instance with ENOSPC.
  public func write<R>(
    _ body: (inout WriteTransaction) throws(LMDBError) -> R
  ) throws(LMDBError) -> R {
    gate.beginWriting()
    defer { gate.endWriting() }
    while true {
      do throws(LMDBError) {
        return try writeOnce(body)
      } catch {
        guard error.code == .mapFull else { throw error }
        try growMap()
      }
    }
  }

  private func writeOnce<R>(
    _ body: (inout WriteTransaction) throws(LMDBError) -> R
  ) throws(LMDBError) -> R {
    var transaction = WriteTransaction(self, try begin(flags: 0))
    defer { gate.leave() }
    let result: R
    do throws(LMDBError) {
      result = try body(&transaction)
    } catch {
      mdb_txn_abort(transaction.access.transaction)
      throw error
    }
    let outcome = mdb_txn_commit(transaction.access.transaction)
    // LMDB says EIO where the system wrote less than it was to write.
    try LMDBError.check(outcome == EIO && hasNoSpace ? ENOSPC : outcome, "committing to \(path)")
    return result
  }

  /// Whether the file system has no room for what a transaction writes.
  private var hasNoSpace: Bool {
    var status = statvfs()
    return statvfs(path, &status) == 0 && status.f_bavail <= 256
  }

  /// Begins a transaction and counts it in at the gate.
  func begin(flags: Int32) throws(LMDBError) -> OpaquePointer {
    var begun: OpaquePointer?
    try enter { mdb_txn_begin(handle, nil, UInt32(flags), &begun) }
    guard let begun else {
      gate.leave()
      throw LMDBError(code: .badTransaction, message: "no transaction in \(path)")
    }
    return begun
  }

  /// Counts a transaction in at the gate once `start` succeeds, following the map when another process has grown it.
  func enter(_ start: () -> Int32) throws(LMDBError) {
    while true {
      try gate.enter()
      let result = start()
      if result == MDB_SUCCESS { return }
      gate.leave()
      guard result == MDB_MAP_RESIZED else { throw LMDBError(result: result, "beginning a transaction in \(path)") }
      try adoptMap()
    }
  }
}
