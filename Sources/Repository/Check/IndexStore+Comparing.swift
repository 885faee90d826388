import Cryptography
import Format
import LMDB

extension IndexStore {
  /// Whether the cache has every entry that a segment asks for, those of the packs in `disputed` excepted, if it has the
  /// segment at all.
  func holds(_ segment: IndexSegment, id: SegmentID, except disputed: Set<PackID>) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var names: [UInt8] = []
        for pack in segment.packs { pack.id.digest.withUnsafeBytes { names.append(contentsOf: $0) } }
        let isSame = try id.bytes.withBytes { (key) throws(LMDBError) in
          try transaction.withValue(for: key, in: tables.segments) { $0.elementsEqual(names) }
        }
        // Whoever shares the cache has found that the segment is gone.
        guard let isSame else { return true }
        guard isSame else { return false }
        var runs = ChunkRuns()
        try runs.update(from: transaction, tables)
        for pack in segment.packs where !disputed.contains(pack.id) {
          guard try transaction.holds(pack, runs, tables) else { return false }
        }
        return true
      }
    }
  }

  /// Whether the cache describes a pack otherwise than a segment does.
  func contradicts(_ segment: IndexSegment) throws(RepositoryError) -> Bool {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        for pack in segment.packs {
          guard let number = try transaction.number(of: pack.id, tables: tables) else { continue }
          if try transaction.pack(number, tables: tables) != pack { return true }
        }
        return false
      }
    }
  }

  /// Whether the cache has this many entries, and so none too many. Chunks are counted once for each pack. Nil if it holds
  /// other segments: then somebody has brought it up to date meanwhile.
  func hasCounts(segments: Set<SegmentID>, packs: Int, chunks: Int) throws(RepositoryError) -> Bool? {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        guard try transaction.segments(tables) == segments else { return nil }
        let expected = [(tables.packNumbers, packs), (tables.packs, packs)]
        for (table, count) in expected where try transaction.count(of: table) != count { return false }
        var found = 0
        try transaction.forEachChunk(tables) { _ in found += 1 }
        return found == chunks
      }
    }
  }

  /// How many locations of chunks there are beyond the first of each.
  func duplicateCount() throws(RepositoryError) -> Int {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var duplicates = 0
        var last: ChunkIDPrefix?
        try transaction.forEachChunk(tables) { chunk in
          if chunk.id == last { duplicates += 1 }
          last = chunk.id
        }
        return duplicates
      }
    }
  }

  /// Removes every entry; numbers of packs are not given again.
  ///
  /// - Returns: the epoch that begins, so that whoever knew what was here before looks again.
  @discardableResult
  func clear() throws(RepositoryError) -> UInt64 {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        for table in [tables.segments, tables.packNumbers, tables.packs] { try transaction.clear(table) }
        try transaction.clearRuns(tables)
        try transaction.countRemoval(tables)
        return try transaction.beginEpoch(tables)
      }
    }
  }
}

extension TableReading where Self: ~Copyable {
  fileprivate func holds(
    _ pack: PackDescription, _ runs: ChunkRuns, _ tables: CacheTables
  ) throws(LMDBError) -> Bool {
    guard let number = try self.number(of: pack.id, tables: tables) else { return false }
    guard try self.pack(number, tables: tables) == pack else { return false }
    return try withCursor(in: tables.chunks) { (cursor) throws(LMDBError) in
      for (ordinal, chunk) in pack.directory.chunks.enumerated() {
        let location = ChunkLocation(pack: number, ordinal: UInt32(ordinal))
        var found = false
        try runs.forEachLocation(of: chunk.id, cursor) {
          found = $0 == location
          return found ? .stop : .next
        }
        guard found else { return false }
      }
      return true
    }
  }

  /// Hands over every entry of a described pack, in order.
  fileprivate func forEachChunk(_ tables: CacheTables, _ body: (ChunkEntry) -> Void) throws(LMDBError) {
    var runs = ChunkRuns()
    try runs.update(from: self, tables)
    try runs.forEachEntry(in: self, tables) { entry in
      body(entry)
      return .next
    }
  }
}
