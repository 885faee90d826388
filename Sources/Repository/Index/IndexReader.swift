import Cryptography
import Format
import LMDB

/// Looks chunks up, for one thread, each time as of now.
///
/// It keeps the slot of its read transaction but no view between look-ups: a view would keep the map from growing, for
/// which an insertion of another thread may be waiting.
final class IndexReader {
  private let tables: CacheTables
  private var transaction: ReadTransaction

  init(store: IndexStore) throws(RepositoryError) {
    tables = store.tables
    transaction = try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try ReadTransaction(store.environment)
    }
    transaction.reset()
  }

  /// Whether the chunk is stored in a pack outside `condemned`.
  func contains(_ id: ChunkID, excluding condemned: Set<PackNumber>) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try transaction.renew()
      defer { transaction.reset() }
      return try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
        if condemned.isEmpty { return try transaction.contains(key, in: tables.chunks) }
        var found = false
        try transaction.forEachValue(of: key, in: tables.chunks) { value in
          found = !condemned.contains(ChunkLocation(encoded: value.loadUnaligned(as: UInt64.self)).pack)
          return found ? .stop : .next
        }
        return found
      }
    }
  }

  /// Where the chunk is stored, in ascending pack numbers; empty if nowhere.
  func locations(of id: ChunkID) throws(RepositoryError) -> [ChunkLocation] {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try transaction.renew()
      defer { transaction.reset() }
      var locations: [ChunkLocation] = []
      try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
        try transaction.forEachValue(of: key, in: tables.chunks) { value in
          locations.append(ChunkLocation(encoded: value.loadUnaligned(as: UInt64.self)))
          return .next
        }
      }
      return locations
    }
  }
}
