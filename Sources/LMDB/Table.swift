import CLMDB

/// A named table of an environment, opened once and good in all its transactions.
public struct Table: Sendable {
  /// The name it was opened by.
  public let name: String

  let handle: MDB_dbi
  let owner: ObjectIdentifier
}

extension Environment {
  /// Opens the table called `name`, making it when it is not there.
  ///
  /// Not to be called inside a transaction. Read transactions that began earlier can't use the table until renewed.
  /// Throws `.tooManyTables`.
  public func openTable(_ name: String) throws(LMDBError) -> Table {
    try write { (transaction: inout WriteTransaction) throws(LMDBError) in
      let access = transaction.access
      var handle: MDB_dbi = 0
      try LMDBError.check(
        mdb_dbi_open(access.transaction, name, UInt32(MDB_CREATE), &handle),
        "opening table \(name) of \(path)")
      return Table(name: name, handle: handle, owner: ObjectIdentifier(self))
    }
  }
}
