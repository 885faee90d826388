import Format
import LMDB

/// Which snapshots are known to refer to nothing that the index lacks, so that a backup need not ask for every chunk.
///
/// That is known of a snapshot that this client made, as long as no index segment has gone since.
extension IndexStore {
  private static func key(_ id: SnapshotID) -> [UInt8] { Array("complete ".utf8) + id.bytes }

  /// How often entries were removed from the index.
  func removals() throws(RepositoryError) -> UInt64 {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in try transaction.removals(tables) }
    }
  }

  /// Notes that everything the snapshot refers to was in the index from the time when `removals` was read.
  func markComplete(_ id: SnapshotID, asOf removals: UInt64) throws(RepositoryError) {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        try transaction.put(removals, for: Self.key(id), tables)
      }
    }
  }

  /// Whether everything the snapshot refers to is known to be in the index.
  func isComplete(_ id: SnapshotID) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        try transaction.number(for: Self.key(id), tables) == transaction.removals(tables)
      }
    }
  }
}

extension TableReading where Self: ~Copyable {
  /// How often entries were removed from the index.
  fileprivate func removals(_ tables: CacheTables) throws(LMDBError) -> UInt64 {
    try number(for: Array("removals".utf8), tables) ?? 0
  }

  /// A counter of the cache.
  func number(for key: [UInt8], _ tables: CacheTables) throws(LMDBError) -> UInt64? {
    try key.withBytes { (key) throws(LMDBError) in
      try withValue(for: key, in: tables.meta) { value in
        value.count == 8 ? UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)) : nil
      }
    } ?? nil
  }
}

extension WriteTransaction {
  /// Notes that entries were removed: no snapshot is known to be complete any more.
  mutating func countRemoval(_ tables: CacheTables) throws(LMDBError) {
    try put(removals(tables) + 1, for: Array("removals".utf8), tables)
  }

  /// Sets a counter of the cache.
  mutating func put(_ number: UInt64, for key: [UInt8], _ tables: CacheTables) throws(LMDBError) {
    try key.withBytes { (key) throws(LMDBError) in
      try withUnsafeBytes(of: number.littleEndian) { (value) throws(LMDBError) in
        _ = try put(value, for: key, in: tables.meta)
      }
    }
  }
}
