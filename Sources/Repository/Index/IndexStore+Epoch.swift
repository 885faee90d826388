import LMDB

/// How often backups have begun, of all processes that share this cache, or it was emptied.
///
/// Some other command may list the segments, be held up while a prune removes one of them, and add its entries after a
/// backup has brought the index up to date. So each backup begins an epoch once it knows the open tombstones, and what
/// was listed in an earlier one is not added any more. What was listed later is harmless: a prune that had ended before
/// has taken its segments from the repository, one under way has a tombstone, and a later one waits for the backup.
extension IndexStore {
  /// The present epoch. It is read before the segments are listed.
  func epoch() throws(RepositoryError) -> UInt64 {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in try transaction.epoch(tables) }
    }
  }

  /// Begins the epoch of a backup.
  func beginEpoch() throws(RepositoryError) {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        _ = try transaction.beginEpoch(tables)
      }
    }
  }
}

extension WriteTransaction {
  mutating func beginEpoch(_ tables: CacheTables) throws(LMDBError) -> UInt64 {
    let epoch = try epoch(tables) + 1
    try put(epoch, for: Array("epoch".utf8), tables)
    return epoch
  }
}

extension TableReading where Self: ~Copyable {
  func epoch(_ tables: CacheTables) throws(LMDBError) -> UInt64 {
    try number(for: Array("epoch".utf8), tables) ?? 0
  }
}
