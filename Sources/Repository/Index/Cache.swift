import Format
import LMDB

/// A repository's cache on this client: one LMDB environment with the index, decrypted snapshots and tree objects.
///
/// It holds nothing that can't be had again. Whatever is odd about it, it is deleted and filled anew.
final class Cache: Sendable {
  let environment: Environment
  let tables: CacheTables

  private static let initialMapSize = 256 << 20

  /// Opens the cache in `path`, which exists and belongs to this repository in this place alone.
  init(path: String) throws(LMDBError) {
    environment = try Environment(path: path, mapSize: Self.initialMapSize, maxTables: CacheTables.count)
    tables = try CacheTables(environment)
  }
}

/// The tables of the cache, and what they map.
struct CacheTables: Sendable {
  static let count = 8

  /// Counters, by name.
  let meta: Table
  /// Segment id → ids of its packs.
  let segments: Table
  /// Pack id → pack number, number of segments that name it.
  let packNumbers: Table
  /// Pack number → description.
  let packs: Table
  /// Chunk id → locations.
  let chunks: Table
  /// Snapshot object name → length of the object, kind of record, body.
  let snapshots: Table
  /// Tree chunk id → tree object.
  let trees: Table
  /// Pack id → when it was last read whole and found good, in seconds.
  let verified: Table

  init(_ environment: Environment) throws(LMDBError) {
    meta = try environment.openTable("meta")
    segments = try environment.openTable("segments")
    packNumbers = try environment.openTable("packNumbers")
    packs = try environment.openTable("packs")
    chunks = try environment.openTable("chunks", options: .fixedSizeDuplicates)
    snapshots = try environment.openTable("snapshotRecords")
    trees = try environment.openTable("trees")
    verified = try environment.openTable("verified")
  }
}
