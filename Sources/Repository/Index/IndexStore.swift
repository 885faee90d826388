import Cryptography
import Format
import LMDB
import Synchronization

/// What this client knows of a repository's index segments, in an LMDB environment that can be deleted at any time.
///
/// **A false hit is impossible, a false miss costs only space:** the store holds exactly the entries of segments that
/// were durable when they were inserted, each inserted or removed in one transaction; and those that have gone from the
/// repository are removed before a session looks anything up.
final class IndexStore: Sendable {
  let environment: Environment
  let tables: CacheTables
  private let changes = Atomic<UInt64>(0)

  init(cache: Cache) {
    environment = cache.environment
    tables = cache.tables
  }

  /// Changes whenever this process has added or removed entries: whoever's look-up is older must look again.
  var generation: UInt64 { changes.load(ordering: .acquiring) }

  /// A reader for one thread, for which nothing in `condemned` packs counts as stored.
  func reader(condemned: Set<PackID> = []) throws(RepositoryError) -> IndexReader {
    try IndexReader(store: self, condemned: condemned)
  }

  /// The segments whose entries are here.
  func segments() throws(RepositoryError) -> Set<SegmentID> {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in try transaction.segments(tables) }
    }
  }

  /// Those of the segments whose entries here name packs, sorted.
  func withPacks(_ ids: Set<SegmentID>) throws(RepositoryError) -> [SegmentID] {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.read { (transaction) throws(LMDBError) in
        var named: [SegmentID] = []
        for id in ids.sorted() {
          let length = try id.bytes.withBytes { (key) throws(LMDBError) in
            try transaction.withValue(for: key, in: tables.segments) { $0.count }
          }
          if let length, length > 0 { named.append(id) }
        }
        return named
      }
    }
  }

  /// Adds the entries of a segment that this session has made durable; does nothing if they are here.
  func insert(_ segment: IndexSegment, id: SegmentID) throws(RepositoryError) {
    _ = try insert([(id, segment)], listedIn: nil)
  }

  /// Adds the entries of segments that were listed after `epoch` was read, but for those that are here.
  ///
  /// False, and nothing is added, if a backup has begun since: it may have seen a segment vanish already, and would
  /// take its chunks for stored. Also if the cache was emptied since: what was known when they were listed is not here.
  func insert(
    _ segments: [(id: SegmentID, segment: IndexSegment)], listedIn epoch: UInt64?
  ) throws(RepositoryError) -> Bool {
    // Nothing changes, and nobody has to look again.
    guard !segments.isEmpty else {
      guard let epoch else { return true }
      return try self.epoch() == epoch
    }
    let isCurrent = try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        if let epoch, try transaction.epoch(tables) != epoch { return false }
        try transaction.insert(segments, tables: tables)
        return true
      }
    }
    if isCurrent { changes.add(1, ordering: .releasing) }
    return isCurrent
  }

  /// Removes the entries of a segment that is no longer in the repository, except those that others hold as well.
  func remove(_ id: SegmentID) throws(RepositoryError) {
    try RepositoryError.wrapping("the cached index") { () throws(LMDBError) in
      try environment.write { (transaction: inout WriteTransaction) throws(LMDBError) in
        try transaction.remove(id, tables: tables)
      }
    }
    changes.add(1, ordering: .releasing)
  }
}

extension TableReading where Self: ~Copyable {
  /// The segments whose entries are here.
  func segments(_ tables: CacheTables) throws(LMDBError) -> Set<SegmentID> {
    var ids: Set<SegmentID> = []
    try forEach(in: tables.segments) { key, _ in
      if key.count == SegmentID.length { ids.insert(SegmentID(key)) }
      return .next
    }
    return ids
  }
}

extension Identifier256 {
  /// An id from the 32 bytes of a key.
  init(_ bytes: UnsafeRawBufferPointer) { self.init(Digest256(bytes)) }
}
