import Format
import LMDB

extension IndexStore {
  /// What the index says of a pack; nil if no segment names it.
  func description(of pack: PackID) throws(RepositoryError) -> PackDescription? {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        guard let number = try transaction.number(of: pack, tables: tables) else { return nil }
        return try transaction.pack(number, tables: tables)
      }
    }
  }

  /// A pack's number; nil if no segment names it.
  func number(of pack: PackID) throws(RepositoryError) -> PackNumber? {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in try transaction.number(of: pack, tables: tables) }
    }
  }

  /// A pack's id and how many chunks it has; nil if no segment names it.
  func pack(_ number: PackNumber) throws(RepositoryError) -> (id: PackID, chunkCount: Int)? {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        try transaction.withPack(number, tables: tables) { ($0.id, $0.chunkCount) }
      }
    }
  }

  /// The id, number and chunk count of each pack.
  func packNumbers() throws(RepositoryError) -> [(id: PackID, number: PackNumber, chunkCount: Int)] {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var packs: [(id: PackID, number: PackNumber, chunkCount: Int)] = []
        try transaction.forEachPack(tables) { packs.append(($1.id, $0, $1.chunkCount)) }
        return packs
      }
    }
  }

  /// The segments, each with the packs that it names.
  func segmentPacks() throws(RepositoryError) -> [(id: SegmentID, packs: [PackID])] {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var segments: [(id: SegmentID, packs: [PackID])] = []
        try transaction.forEach(in: tables.segments) { key, value in
          guard key.count == SegmentID.length else { return .next }
          let packs = stride(from: 0, to: value.count - value.count % 32, by: 32).map { offset in
            PackID(UnsafeRawBufferPointer(rebasing: value[offset..<offset + 32]))
          }
          segments.append((SegmentID(key), packs))
          return .next
        }
        return segments
      }
    }
  }

  /// The packs that segments of these sessions name.
  func packs(ofSessions sessions: Set<SnapshotID>) throws(RepositoryError) -> Set<PackID> {
    guard !sessions.isEmpty else { return [] }
    return Set(try segmentPacks().lazy.filter { sessions.contains($0.id.session) }.flatMap(\.packs))
  }
}
