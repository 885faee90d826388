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

    /// Keep what is there: an existing key's value, or in a table with duplicates an existing pair.
    public static let noOverwrite = PutOptions(rawValue: UInt32(MDB_NOOVERWRITE))
    /// The key sorts after every other: much faster, and fills pages wholly.
    public static let append = PutOptions(rawValue: UInt32(MDB_APPEND))
  }

  /// Stores `value` for `key`, in a table with duplicates beside the key's other values.
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
      access.transaction, access.handle(table), &lentKey, &lentValue, options.flags(for: table))
    if result == MDB_KEYEXIST, options.contains(.noOverwrite) { return false }
    try LMDBError.check(result, "storing in \(table.name)")
    return true
  }

  /// Removes `key` with all its values; returns whether it was there.
  @discardableResult
  public mutating func delete(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> Bool {
    try delete(key, nil, in: table)
  }

  /// Removes one of the values of `key` in a table with duplicates; returns whether it was there.
  @discardableResult
  public mutating func delete(
    _ value: UnsafeRawBufferPointer, of key: UnsafeRawBufferPointer, in table: Table
  ) throws(LMDBError) -> Bool {
    // Without duplicates LMDB would ignore the value and remove the key.
    precondition(table.options.contains(.duplicates), "only a table with duplicates has values to delete one by one")
    return try delete(key, value, in: table)
  }

  /// Removes every entry of `table`.
  public mutating func clear(_ table: Table) throws(LMDBError) {
    try LMDBError.check(mdb_drop(access.transaction, access.handle(table), 0), "clearing \(table.name)")
  }

  private mutating func delete(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?, in table: Table
  ) throws(LMDBError) -> Bool {
    var lentKey = lend(key)
    let result: Int32
    if let value {
      var lentValue = lend(value)
      result = mdb_del(access.transaction, access.handle(table), &lentKey, &lentValue)
    } else {
      result = mdb_del(access.transaction, access.handle(table), &lentKey, nil)
    }
    if result == MDB_NOTFOUND { return false }
    try LMDBError.check(result, "deleting from \(table.name)")
    return true
  }
}

extension WriteTransaction.PutOptions {
  /// LMDB's flags for the same thing, which differ in a table with duplicates.
  fileprivate func flags(for table: Table) -> UInt32 {
    guard table.options.contains(.duplicates) else { return rawValue }
    var flags: UInt32 = 0
    if contains(.noOverwrite) { flags |= UInt32(MDB_NODUPDATA) }
    if contains(.append) { flags |= UInt32(MDB_APPENDDUP) }
    return flags
  }
}
