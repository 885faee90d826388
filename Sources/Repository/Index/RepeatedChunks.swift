import Format
import LMDB

/// The chunks that stand more than once in the runs of the cached index. Any other one is in one place at most.
struct RepeatedChunks {
  // So many ids take some 16 MB.
  private static let limit = 1 << 19

  /// The runs that were read.
  let runs: [ChunkRun]
  private let ids: Set<ChunkIDPrefix>

  /// Reads all runs, in order. Nil if too many chunks stand there more than once to be kept.
  init?(
    _ runs: ChunkRuns, in transaction: borrowing some TableReading & ~Copyable, _ tables: CacheTables
  ) throws(LMDBError) {
    self.runs = runs.runs
    var ids: Set<ChunkIDPrefix> = []
    var last: ChunkIDPrefix?
    try runs.forEachEntry(in: transaction, tables) { entry in
      if entry.id == last { ids.insert(entry.id) }
      last = entry.id
      return ids.count <= Self.limit ? .next : .stop
    }
    guard ids.count <= Self.limit else { return nil }
    self.ids = ids
  }

  func contains(_ id: ChunkID) -> Bool { ids.contains(ChunkIDPrefix(id)) }
}
