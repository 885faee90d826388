import Cryptography
import Format
import LMDB

/// A pack as the cache numbers it, and in how many segments it stands.
private struct PackEntry {
  var number: PackNumber
  var references: UInt32

  var encoded: (UInt32, UInt32) { (number.value.littleEndian, references.littleEndian) }

  init(number: PackNumber, references: UInt32) {
    self.number = number
    self.references = references
  }

  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 8 else { return nil }
    number = PackNumber(value: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    references = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
  }
}

extension PackNumber {
  // Big-endian, so that packs appended get ascending keys.
  var key: UInt32 { value.bigEndian }
}

extension WriteTransaction {
  /// Adds what segments say; those that are here are left out.
  mutating func insert(
    _ segments: [(id: SegmentID, segment: IndexSegment)], tables: CacheTables
  ) throws(LMDBError) {
    var chunks: [ChunkEntry] = []
    for (id, segment) in segments {
      guard try !id.bytes.withBytes({ (key) throws(LMDBError) in try contains(key, in: tables.segments) }) else {
        continue
      }
      var packs: [UInt8] = []
      for pack in segment.packs {
        try insert(pack, chunks: &chunks, tables: tables)
        pack.id.digest.withUnsafeBytes { packs.append(contentsOf: $0) }
      }
      try id.bytes.withBytes { (key) throws(LMDBError) in
        try packs.withBytes { (value) throws(LMDBError) in _ = try put(value, for: key, in: tables.segments) }
      }
    }
    try addRun(chunks, tables)
  }

  mutating func remove(_ id: SegmentID, tables: CacheTables) throws(LMDBError) {
    let packs = try id.bytes.withBytes { (key) throws(LMDBError) in
      try withValue(for: key, in: tables.segments) { value in
        stride(from: 0, to: value.count - value.count % 32, by: 32).map { offset in
          PackID(UnsafeRawBufferPointer(rebasing: value[offset..<offset + 32]))
        }
      }
    }
    var stale = 0
    for pack in packs ?? [] { stale += try dereference(pack, tables: tables) }
    if stale > 0 { try noteStale(stale, tables) }
    try countRemoval(tables)
    try id.bytes.withBytes { (key) throws(LMDBError) in _ = try delete(key, in: tables.segments) }
  }

  /// Adds a pack; its chunks, if it is new, are put with those to be added.
  private mutating func insert(
    _ pack: PackDescription, chunks: inout [ChunkEntry], tables: CacheTables
  ) throws(LMDBError) {
    if var entry = try packEntry(pack.id, tables: tables) {
      entry.references += 1
      return try put(entry, for: pack.id, tables: tables)
    }
    let number = try nextPackNumber(tables: tables)
    try put(PackEntry(number: number, references: 1), for: pack.id, tables: tables)
    try withUnsafeBytes(of: number.key) { (key) throws(LMDBError) in
      try CachedPack.encode(pack).withBytes { (value) throws(LMDBError) in
        _ = try put(value, for: key, in: tables.packs)
      }
    }
    for (ordinal, chunk) in pack.directory.chunks.enumerated() {
      let location = ChunkLocation(pack: number, ordinal: UInt32(ordinal))
      chunks.append(ChunkEntry(id: ChunkIDPrefix(chunk.id), location: location))
    }
  }

  /// Counts one segment less for a pack, and forgets it after the last.
  ///
  /// - Returns: how many entries of chunks don't count any more.
  private mutating func dereference(_ pack: PackID, tables: CacheTables) throws(LMDBError) -> Int {
    guard var entry = try packEntry(pack, tables: tables) else { return 0 }
    guard entry.references > 0 else { throw .cacheDamaged("the entry of pack \(pack)") }
    entry.references -= 1
    guard entry.references == 0 else {
      try put(entry, for: pack, tables: tables)
      return 0
    }
    let number = entry.number
    guard let chunkCount = try withPack(number, tables: tables, { $0.chunkCount }) else {
      throw .cacheDamaged("pack \(pack) has no entry")
    }
    try withUnsafeBytes(of: number.key) { (key) throws(LMDBError) in _ = try delete(key, in: tables.packs) }
    try pack.digest.withUnsafeBytes { (key) throws(LMDBError) in _ = try delete(key, in: tables.packNumbers) }
    return chunkCount
  }

  private mutating func put(_ entry: PackEntry, for id: PackID, tables: CacheTables) throws(LMDBError) {
    try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
      try withUnsafeBytes(of: entry.encoded) { (value) throws(LMDBError) in
        _ = try put(value, for: key, in: tables.packNumbers)
      }
    }
  }

  /// Numbers are never given twice, so that a reader with an old number finds nothing instead of another pack.
  private mutating func nextPackNumber(tables: CacheTables) throws(LMDBError) -> PackNumber {
    try Array("next pack".utf8).withBytes { (key) throws(LMDBError) in
      let next = try withValue(for: key, in: tables.meta) { (value) throws(LMDBError) in
        guard value.count == 4 else { throw LMDBError.cacheDamaged("the pack counter") }
        return UInt32(littleEndian: value.loadUnaligned(as: UInt32.self))
      }
      let number = next ?? 0
      try withUnsafeBytes(of: (number + 1).littleEndian) { (value) throws(LMDBError) in
        _ = try put(value, for: key, in: tables.meta)
      }
      return PackNumber(value: number)
    }
  }
}

extension TableReading where Self: ~Copyable {
  /// A pack's number; nil if no segment in the cache names it.
  func number(of pack: PackID, tables: CacheTables) throws(LMDBError) -> PackNumber? {
    try packEntry(pack, tables: tables)?.number
  }

  fileprivate func packEntry(_ id: PackID, tables: CacheTables) throws(LMDBError) -> PackEntry? {
    try id.digest.withUnsafeBytes { (key) throws(LMDBError) in
      try withValue(for: key, in: tables.packNumbers) { (value) throws(LMDBError) in
        guard let entry = PackEntry(value) else { throw LMDBError.cacheDamaged("the entry of pack \(id)") }
        return entry
      }
    }
  }

  /// A pack's description; nil if no segment in the cache names it any more.
  func pack(_ number: PackNumber, tables: CacheTables) throws(LMDBError) -> PackDescription? {
    try withPack(number, tables: tables) { (pack) throws(LMDBError) in try pack.description() }
  }

  /// Lends what the cache has of a pack; returns nil if no segment in the cache names it any more.
  func withPack<Result>(
    _ number: PackNumber, tables: CacheTables, _ body: (CachedPack) throws(LMDBError) -> Result
  ) throws(LMDBError) -> Result? {
    try withUnsafeBytes(of: number.key) { (key) throws(LMDBError) in
      try withValue(for: key, in: tables.packs) { (value) throws(LMDBError) in
        try body(CachedPack(value, number: number))
      }
    }
  }

  /// Lends what the cache has of each pack.
  func forEachPack(
    _ tables: CacheTables, _ body: (PackNumber, CachedPack) throws(LMDBError) -> Void
  ) throws(LMDBError) {
    try forEach(in: tables.packs) { (key, value) throws(LMDBError) in
      guard key.count == 4 else { throw .cacheDamaged("the number of a pack") }
      let number = PackNumber(value: UInt32(bigEndian: key.loadUnaligned(as: UInt32.self)))
      try body(number, CachedPack(value, number: number))
      return .next
    }
  }
}

extension LMDBError {
  static func cacheDamaged(_ what: String) -> LMDBError {
    .corrupted("\(what) in the cache is damaged")
  }
}
