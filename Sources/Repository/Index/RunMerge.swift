import Format
import LMDB

/// Reads several runs, and entries that are in none yet, in the order of entries.
struct RunMerge {
  /// A run, and what is read ahead of it.
  private struct Source {
    /// Nil once all of the run is read.
    var run: ChunkRun?
    var entries: [ChunkEntry]
    var position = 0

    var isExhausted: Bool { position == entries.count }
  }

  private var sources: [Source]

  /// - Parameter entries: sorted.
  init(_ runs: [ChunkRun], _ entries: [ChunkEntry] = []) {
    sources = [Source(run: nil, entries: entries)] + runs.map { Source(run: $0, entries: []) }
  }

  /// The next entry; nil after the last one.
  mutating func next(
    in transaction: borrowing some TableReading & ~Copyable, _ tables: CacheTables
  ) throws(LMDBError) -> ChunkEntry? {
    var least: Int?
    for index in sources.indices {
      if sources[index].isExhausted { try fill(index, from: transaction, tables) }
      guard !sources[index].isExhausted else { continue }
      if let current = least, head(current) < head(index) { continue }
      least = index
    }
    guard let least else { return nil }
    let entry = head(least)
    sources[least].position += 1
    return entry
  }

  private func head(_ index: Int) -> ChunkEntry { sources[index].entries[sources[index].position] }

  private mutating func fill(
    _ index: Int, from transaction: borrowing some TableReading & ~Copyable, _ tables: CacheTables
  ) throws(LMDBError) {
    guard let run = sources[index].run else { return }
    let last = sources[index].entries.last.map(run.key)
    sources[index].entries.removeAll(keepingCapacity: true)
    defer { if sources[index].entries.isEmpty { sources[index].run = nil } }
    sources[index].position = 0
    try (last ?? run.startKey).withBytes { (start) throws(LMDBError) in
      try transaction.forEach(in: tables.chunks, from: start) { (key, value) throws(LMDBError) in
        guard run.owns(key) else { return .stop }
        if last != nil, key.elementsEqual(start) { return .next }
        let block = try ChunkBlock(value)
        // It is where the next one is looked for.
        guard key.elementsEqual(run.key(block[block.count - 1])) else { throw .cacheDamaged("a block of chunks") }
        for entry in 0..<block.count { sources[index].entries.append(block[entry]) }
        return .stop
      }
    }
  }
}
