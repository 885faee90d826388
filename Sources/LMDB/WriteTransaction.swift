import CLMDB

/// The one transaction that may change tables; sees its own changes.
///
/// Changing anything takes the transaction exclusively, so that the compiler refuses a change while bytes are lent.
public struct WriteTransaction: ~Copyable, TableReading {
  /// What the operations work on.
  public let access: TransactionAccess

  init(_ environment: Environment, _ transaction: OpaquePointer) {
    self.access = TransactionAccess(transaction: transaction, environment: environment)
  }

  /// How `put` treats what is there.
  public struct PutOptions: OptionSet, Sendable {
    /// LMDB's flags.
    public let rawValue: UInt32
    /// Makes options of LMDB's flags.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Keep an existing key's value.
    public static let noOverwrite = PutOptions(rawValue: UInt32(MDB_NOOVERWRITE))
    /// The key sorts after every other: much faster, and fills pages wholly.
    public static let append = PutOptions(rawValue: UInt32(MDB_APPEND))
  }

  /// Stores `value` for `key`.
  ///
  /// Returns false when `.noOverwrite` kept what was there. Throws `.keyExists` when `.append` is given a key that does
  /// not sort last, `.badSize`, or `.mapFull`, which `write` takes care of.
  @discardableResult
  public mutating func put(
    _ value: UnsafeRawBufferPointer, for key: UnsafeRawBufferPointer, in table: Table, options: PutOptions = []
  ) throws(LMDBError) -> Bool {
    var lentKey = lend(key)
    var lentValue = lend(value)
    let result = mdb_put(
      access.transaction, access.handle(table), &lentKey, &lentValue, options.rawValue)
    if result == MDB_KEYEXIST, options.contains(.noOverwrite) { return false }
    try LMDBError.check(result, "storing in \(table.name)")
    return true
  }

  /// Removes `key`; returns whether it was there.
  @discardableResult
  public mutating func delete(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> Bool {
    var lentKey = lend(key)
    let result = mdb_del(access.transaction, access.handle(table), &lentKey, nil)
    if result == MDB_NOTFOUND { return false }
    try LMDBError.check(result, "deleting from \(table.name)")
    return true
  }

  /// Removes every entry of `table`.
  public mutating func clear(_ table: Table) throws(LMDBError) {
    try LMDBError.check(mdb_drop(access.transaction, access.handle(table), 0), "clearing \(table.name)")
  }
}
