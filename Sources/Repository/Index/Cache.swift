import Format
import LMDB

/// A repository's cache on this client: one LMDB environment with the index, decrypted snapshots and tree objects.
///
/// It holds nothing that can't be had again. Whatever is odd about it, it is deleted and filled anew.
final class Cache: Sendable {
  let environment: Environment
  let tables: CacheTables

  private static let initialMapSize = 256 << 20
  /// What the tables hold, and how; another number with every change.
  private static let version: UInt64 = 4

  /// Opens the cache in `path`, which exists and belongs to this repository in this place alone.
  ///
  /// - Throws: `.incompatible` for a cache of another version, and whatever LMDB finds wrong.
  init(path: String) throws(LMDBError) {
    environment = try Environment(path: path, mapSize: Self.initialMapSize, maxTables: CacheTables.count)
    tables = try CacheTables(environment)
    guard try !environment.read({ (transaction) throws(LMDBError) in try isCurrent(transaction) }) else { return }
    try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
      if try isCurrent(transaction) { return }
      guard try transaction.count(of: tables.meta) == 0 else {
        throw .incompatible("the cache \(path) is of another version")
      }
      try transaction.put(Self.version, for: Self.versionKey, tables)
    }
  }

  private static var versionKey: [UInt8] { Array("version".utf8) }

  private func isCurrent(_ transaction: borrowing some TableReading & ~Copyable) throws(LMDBError) -> Bool {
    try transaction.number(for: Self.versionKey, tables) == Self.version
  }
}

/// The tables of the cache, and what they map.
struct CacheTables: Sendable {
  static let count = 9

  /// Counters, by name.
  let meta: Table
  /// Segment id → ids of its packs.
  let segments: Table
  /// Pack id → pack number, number of segments that name it.
  let packNumbers: Table
  /// Pack number → description (`CachedPack`).
  let packs: Table
  /// Run of chunks, last entry of a block → the block's entries.
  let chunks: Table
  /// Snapshot object name → length of the object, kind of record, hash of the object, body.
  let snapshots: Table
  /// Tree chunk id → tree object.
  let trees: Table
  /// Pack id → when it was last read whole and found good, in seconds.
  let verified: Table
  /// Frame or tree object, in other repositories to which it was copied → what its chunks are called there (`ChunkTranslation`).
  let translations: Table

  init(_ environment: Environment) throws(LMDBError) {
    meta = try environment.openTable("meta")
    segments = try environment.openTable("segments")
    packNumbers = try environment.openTable("packNumbers")
    packs = try environment.openTable("packs")
    chunks = try environment.openTable("chunkRuns")
    snapshots = try environment.openTable("snapshotRecords")
    trees = try environment.openTable("trees")
    verified = try environment.openTable("verified")
    translations = try environment.openTable("translations")
  }
}
