import Format
import LMDB

/// The runs of the cached index and which of their entries count, as one view of the cache has it.
struct ChunkRuns {
  private(set) var runs: [ChunkRun] = []
  private(set) var described = PackNumberSet()
  private var view: Int?

  /// Brings it up to date with what the transaction sees.
  mutating func update(
    from transaction: borrowing some TableReading & ~Copyable, _ tables: CacheTables
  ) throws(LMDBError) {
    let current = transaction.view
    guard current != view else { return }
    runs = try transaction.chunkRuns(tables)
    described = try transaction.describedPacks(tables)
    view = current
  }

  /// Lends `body` each place of a chunk in a described pack, run by run, until it stops.
  func forEachLocation(
    of id: ChunkID, _ cursor: borrowing Cursor, _ body: (ChunkLocation) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    let id = ChunkIDPrefix(id)
    var wish = Iteration.next
    for run in runs where wish == .next {
      try run.key(id).withBytes { (start) throws(LMDBError) in
        try cursor.forEach(from: start) { (key, value) throws(LMDBError) in
          guard run.owns(key) else { return .stop }
          let block = try ChunkBlock(value)
          var index = block.firstIndex(from: id)
          while index < block.count, block.id(index) == id {
            let location = block[index].location
            if described.contains(location.pack) { wish = try body(location) }
            guard wish == .next else { return .stop }
            index += 1
          }
          // Of a chunk that is stored very often the next block has more.
          return index == block.count ? .next : .stop
        }
      }
    }
  }

  /// Lends `body` every entry of a described pack, in order, until it stops.
  func forEachEntry(
    in transaction: borrowing some TableReading & ~Copyable, _ tables: CacheTables, _ body: (ChunkEntry) -> Iteration
  ) throws(LMDBError) {
    var merge = RunMerge(runs)
    while let entry = try merge.next(in: transaction, tables) {
      guard described.contains(entry.location.pack) else { continue }
      guard body(entry) == .next else { return }
    }
  }
}

private enum MetaKey {
  static let chunkRuns = Array("chunk runs".utf8)
  static let staleChunks = Array("stale chunks".utf8)
}

extension TableReading where Self: ~Copyable {
  /// The runs, from the oldest and largest on.
  func chunkRuns(_ tables: CacheTables) throws(LMDBError) -> [ChunkRun] {
    try MetaKey.chunkRuns.withBytes { (key) throws(LMDBError) in
      try withValue(for: key, in: tables.meta) { (value) throws(LMDBError) in
        let runs = stride(from: 0, to: value.count - value.count % 12, by: 12).map { offset in
          ChunkRun(
            number: UInt32(littleEndian: value.loadUnaligned(fromByteOffset: offset, as: UInt32.self)),
            count: Int(Int64(littleEndian: value.loadUnaligned(fromByteOffset: offset + 4, as: Int64.self))))
        }
        // Far beyond any real one, and far from overflowing.
        let areReal = runs.allSatisfy { $0.number < .max && (1...(1 << 40)).contains($0.count) }
        guard value.count.isMultiple(of: 12), runs.count < 1 << 10, areReal else {
          throw LMDBError.cacheDamaged("the list of runs")
        }
        return runs
      }
    } ?? []
  }

  /// The packs that the index describes.
  fileprivate func describedPacks(_ tables: CacheTables) throws(LMDBError) -> PackNumberSet {
    var packs = PackNumberSet()
    try forEachPack(tables) { number, _ in packs.insert(number) }
    return packs
  }
}

extension WriteTransaction {
  /// Adds entries as a run, merged with the runs that are not much larger.
  mutating func addRun(_ entries: [ChunkEntry], _ tables: CacheTables) throws(LMDBError) {
    guard !entries.isEmpty else { return }
    var kept = try chunkRuns(tables)
    var merged: [ChunkRun] = []
    var count = entries.count
    while let last = kept.last, last.isMerged(with: count) {
      merged.append(last)
      count += last.count
      kept.removeLast()
    }
    try replace(merged, with: entries, keeping: kept, tables)
  }

  /// Notes that so many entries don't count any more, and writes the runs again when a quarter doesn't.
  mutating func noteStale(_ count: Int, _ tables: CacheTables) throws(LMDBError) {
    let stale = try staleCount(tables) + count
    try put(UInt64(stale), for: MetaKey.staleChunks, tables)
    let runs = try chunkRuns(tables)
    if stale * 4 > runs.reduce(0, { $0 + $1.count }) { try replace(runs, with: [], keeping: [], tables) }
  }

  /// Removes all entries.
  mutating func clearRuns(_ tables: CacheTables) throws(LMDBError) {
    try clear(tables.chunks)
    try put([], tables)
    try put(0, for: MetaKey.staleChunks, tables)
  }

  /// Writes one run of what counts in several and of new entries.
  private mutating func replace(
    _ merged: [ChunkRun], with entries: [ChunkEntry], keeping kept: [ChunkRun], _ tables: CacheTables
  ) throws(LMDBError) {
    let described = try describedPacks(tables)
    var merge = RunMerge(merged, entries.sorted())
    // Above every number in use, so that its blocks come last.
    let number = ((kept + merged).map(\.number).max() ?? 0) + 1
    var written = 0
    var stale = 0
    var block: [UInt8] = []
    block.reserveCapacity(ChunkRun.blockCapacity * ChunkEntry.length)
    var last: ChunkEntry?
    while let entry = try merge.next(in: self, tables) {
      guard described.contains(entry.location.pack) else {
        stale += 1
        continue
      }
      entry.encode(into: &block)
      last = entry
      written += 1
      if written.isMultiple(of: ChunkRun.blockCapacity) {
        try append(&block, ChunkRun.key(number, entry), tables)
      }
    }
    if !block.isEmpty, let last { try append(&block, ChunkRun.key(number, last), tables) }
    for run in merged { try remove(run, tables) }
    try put(kept + (written > 0 ? [ChunkRun(number: number, count: written)] : []), tables)
    try put(UInt64(max(0, staleCount(tables) - stale)), for: MetaKey.staleChunks, tables)
  }

  private mutating func append(_ block: inout [UInt8], _ key: [UInt8], _ tables: CacheTables) throws(LMDBError) {
    try key.withBytes { (key) throws(LMDBError) in
      try block.withBytes { (block) throws(LMDBError) in
        _ = try put(block, for: key, in: tables.chunks, options: .append)
      }
    }
    block.removeAll(keepingCapacity: true)
  }

  private mutating func remove(_ run: ChunkRun, _ tables: CacheTables) throws(LMDBError) {
    let start = run.startKey
    while true {
      var found: [UInt8]?
      try start.withBytes { (start) throws(LMDBError) in
        try forEach(in: tables.chunks, from: start) { key, _ in
          if run.owns(key) { found = Array(key) }
          return .stop
        }
      }
      guard let found else { return }
      try found.withBytes { (key) throws(LMDBError) in _ = try delete(key, in: tables.chunks) }
    }
  }

  private mutating func put(_ runs: [ChunkRun], _ tables: CacheTables) throws(LMDBError) {
    var value: [UInt8] = []
    for run in runs {
      withUnsafeBytes(of: run.number.littleEndian) { value.append(contentsOf: $0) }
      withUnsafeBytes(of: Int64(run.count).littleEndian) { value.append(contentsOf: $0) }
    }
    try MetaKey.chunkRuns.withBytes { (key) throws(LMDBError) in
      try value.withBytes { (value) throws(LMDBError) in _ = try put(value, for: key, in: tables.meta) }
    }
  }

  private func staleCount(_ tables: CacheTables) throws(LMDBError) -> Int {
    try Int(min(number(for: MetaKey.staleChunks, tables) ?? 0, 1 << 40))
  }
}
