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
  private var runs = ChunkRuns()

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
    var isStored = false
    try withView { (cursor) throws(LMDBError) in
      try runs.forEachLocation(of: id, cursor) { (location) throws(LMDBError) in
        isStored = condemned.isEmpty ? true : try !isCondemned(location.pack)
        return isStored ? .stop : .next
      }
    }
    return isStored
  }

  private func isCondemned(_ number: PackNumber) throws(LMDBError) -> Bool {
    if let verdict = verdicts[number] { return verdict }
    // A pack that is not described is none to rely on.
    let verdict = try transaction.pack(number, tables: tables).map { condemned.contains($0.id) } ?? true
    verdicts[number] = verdict
    return verdict
  }

  /// Where the chunk is stored; empty if nowhere.
  func locations(of id: ChunkID) throws(RepositoryError) -> [ChunkLocation] {
    var found = FoundLocations()
    try locate(CollectionOfOne(id), into: &found)
    return Array(found[0])
  }

  /// Finds where each of the chunks is stored: for many it costs less than asking for each.
  func locate(_ ids: some Collection<ChunkID>, into found: inout FoundLocations) throws(RepositoryError) {
    found.removeAll()
    try withView { (cursor) throws(LMDBError) in
      for id in ids {
        try runs.forEachLocation(of: id, cursor) { location in
          found.append(location)
          return .next
        }
        found.endChunk()
      }
    }
  }

  private func withView(_ body: (borrowing Cursor) throws(LMDBError) -> Void) throws(RepositoryError) {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try transaction.renew()
      defer { transaction.reset() }
      try runs.update(from: transaction, tables)
      try transaction.withCursor(in: tables.chunks, body)
    }
  }
}
