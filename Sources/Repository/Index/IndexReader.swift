import Cryptography
import Format
import LMDB

/// Looks chunks up, for one thread. Keeps one read transaction and renews it when the store has grown.
final class IndexReader {
  private let tables: CacheTables
  private let store: IndexStore
  private var transaction: ReadTransaction
  private var generation: UInt64

  init(store: IndexStore) throws(RepositoryError) {
    self.store = store
    tables = store.tables
    generation = store.generation
    transaction = try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try ReadTransaction(store.environment)
    }
    transaction.reset()
  }

  /// Whether the chunk is stored in a pack outside `condemned`, as of `generation` or later.
  func contains(
    _ id: ChunkID, excluding condemned: Set<PackNumber>, generation: UInt64
  ) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try renew(generation: generation)
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
      try renew(generation: store.generation)
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

  /// Ends the read transaction, so that the store can reuse the room of what was removed. The next look-up begins anew.
  func rest() { transaction.reset() }

  private func renew(generation: UInt64) throws(LMDBError) {
    guard !transaction.isActive || generation > self.generation else { return }
    let current = store.generation
    try transaction.renew()
    self.generation = current
  }
}
