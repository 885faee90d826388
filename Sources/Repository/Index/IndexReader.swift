import Cryptography
import Format
import LMDB

/// Looks chunks up, for one thread, each time as of now.
///
/// It keeps the slot of its read transaction but no view between look-ups: a view would keep the map from growing, for
/// which an insertion of another thread may be waiting.
final class IndexReader {
  private let tables: CacheTables
  private let condemned: Set<PackID>
  // Whether packs are condemned. A number stands for one pack for ever; a pack may come to another number, when the cache
  // is filled anew meanwhile, and stays condemned.
  private var verdicts: [PackNumber: Bool] = [:]
  private var transaction: ReadTransaction

  /// - Parameter condemned: packs in which nothing counts as stored.
  init(store: IndexStore, condemned: Set<PackID>) throws(RepositoryError) {
    tables = store.tables
    self.condemned = condemned
    transaction = try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try ReadTransaction(store.environment)
    }
    transaction.reset()
  }

  /// Whether the chunk is stored in a pack that is not condemned.
  func contains(_ id: ChunkID) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try transaction.renew()
      defer { transaction.reset() }
      return try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
        if condemned.isEmpty { return try transaction.contains(key, in: tables.chunks) }
        var packs: [PackNumber] = []
        try transaction.forEachValue(of: key, in: tables.chunks) { value in
          packs.append(ChunkLocation(encoded: value.loadUnaligned(as: UInt64.self)).pack)
          return .next
        }
        for pack in packs where try !isCondemned(pack) { return true }
        return false
      }
    }
  }

  private func isCondemned(_ number: PackNumber) throws(LMDBError) -> Bool {
    if let verdict = verdicts[number] { return verdict }
    // A pack that is not described is none to rely on.
    let verdict = try transaction.pack(number, tables: tables).map { condemned.contains($0.id) } ?? true
    verdicts[number] = verdict
    return verdict
  }

  /// Where the chunk is stored, in ascending pack numbers; empty if nowhere.
  func locations(of id: ChunkID) throws(RepositoryError) -> [ChunkLocation] {
    var found = FoundLocations()
    try locate(CollectionOfOne(id), into: &found)
    return Array(found[0])
  }

  /// Finds where each of the chunks is stored: for many it costs less than asking for each.
  func locate(_ ids: some Collection<ChunkID>, into found: inout FoundLocations) throws(RepositoryError) {
    found.removeAll()
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try transaction.renew()
      defer { transaction.reset() }
      try transaction.withCursor(in: tables.chunks) { (cursor) throws(LMDBError) in
        for id in ids {
          try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
            try cursor.forEachValue(of: key) { value in
              found.append(ChunkLocation(encoded: value.loadUnaligned(as: UInt64.self)))
              return .next
            }
          }
          found.endChunk()
        }
      }
    }
  }
}
