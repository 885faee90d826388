import CLMDB

/// A named table of an environment, opened once and good in all its transactions.
public struct Table: Sendable {
  /// What a table is like, decided when it is made.
  public struct Options: OptionSet, Sendable {
    /// LMDB's flags.
    public let rawValue: UInt32
    /// Makes options of LMDB's flags.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A key may have several values, kept in order, each of at most 511 bytes.
    public static let duplicates = Options(rawValue: UInt32(MDB_DUPSORT))
    /// As `duplicates`, with all values of the table of one size: smaller and faster.
    public static let fixedSizeDuplicates = Options(rawValue: UInt32(MDB_DUPSORT | MDB_DUPFIXED))
  }

  /// The name it was opened by.
  public let name: String
  /// What it is like.
  public let options: Options

  let handle: MDB_dbi
  let owner: ObjectIdentifier
}

extension Environment {
  /// Opens the table called `name`, making it when it is not there.
  ///
  /// Not to be called inside a transaction. Read transactions that began earlier can't use the table until renewed.
  /// Throws `.incompatible` when it is there with other options, and `.tooManyTables`.
  public func openTable(_ name: String, options: Table.Options = []) throws(LMDBError) -> Table {
    try write { (transaction: inout WriteTransaction) throws(LMDBError) in
      let access = transaction.access
      var handle: MDB_dbi = 0
      try LMDBError.check(
        mdb_dbi_open(access.transaction, name, UInt32(MDB_CREATE) | options.rawValue, &handle),
        "opening table \(name) of \(path)")
      var stored: UInt32 = 0
      try LMDBError.check(
        mdb_dbi_flags(access.transaction, handle, &stored), "inspecting table \(name) of \(path)")
      guard stored == options.rawValue else {
        throw LMDBError(code: .incompatible, message: "table \(name) of \(path) was made with other options")
      }
      return Table(name: name, options: options, handle: handle, owner: ObjectIdentifier(self))
    }
  }
}
