import CLMDB

/// A consistent view of all tables that other threads' and processes' commits don't change.
///
/// A worker that looks things up for long keeps one, renews it before each batch and resets it after: that saves
/// making one each time, and the slot is its own. An active transaction keeps the pages it sees from being used again and
/// the map from growing, so none should stay active for long. It may be handed to another thread, but not shared.
public struct ReadTransaction: ~Copyable, TableReading {
  private let environment: Environment
  private let transaction: OpaquePointer

  /// Whether the transaction has a view; only then may anything be read in it.
  public private(set) var isActive = true

  /// Begins a transaction, active from the start.
  ///
  /// Throws `.tooManyReaders` when 126 others run, in all processes.
  public init(_ environment: Environment) throws(LMDBError) {
    self.transaction = try environment.begin(flags: MDB_RDONLY)
    self.environment = environment
  }

  deinit {
    mdb_txn_abort(transaction)
    if isActive { environment.gate.leave() }
  }

  /// Gives up the view but keeps the slot. Does nothing when there is no view.
  public mutating func reset() {
    guard isActive else { return }
    mdb_txn_reset(transaction)
    isActive = false
    environment.gate.leave()
  }

  /// Takes a new view, as of now, in place of the one there may be.
  public mutating func renew() throws(LMDBError) {
    reset()
    let transaction = transaction
    try environment.enter { mdb_txn_renew(transaction) }
    isActive = true
  }

  /// What the operations work on; traps when the transaction has no view.
  public var access: TransactionAccess {
    precondition(isActive, "a read transaction was used after reset")
    return TransactionAccess(transaction: transaction, environment: environment)
  }
}
