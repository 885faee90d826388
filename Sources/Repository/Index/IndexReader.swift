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
  // A number stands for one pack for ever. A pack may come to another number, when the cache is filled anew meanwhile.
  private var packs: [PackNumber: PackID] = [:]
  private var transaction: ReadTransaction
  private var runs = ChunkRuns()
  private var repeated: RepeatedChunks?
  /// Where a chunk of each kind was found last.
  private var latest: [ChunkLocation?] = Array(repeating: nil, count: 4)

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
      try forEachLocation(of: id, nil, cursor) { (location) throws(LMDBError) in
        isStored = condemned.isEmpty ? true : try !isCondemned(location.pack)
        return isStored ? .stop : .next
      }
    }
    return isStored
  }

  private func isCondemned(_ number: PackNumber) throws(LMDBError) -> Bool {
    // A pack that is not described is none to rely on.
    try knownPack(number).map(condemned.contains) ?? true
  }

  private func knownPack(_ number: PackNumber) throws(LMDBError) -> PackID? {
    if let id = packs[number] { return id }
    let id = try transaction.withPack(number, tables: tables) { $0.id }
    packs[number] = id
    return id
  }

  /// Where the chunk is stored; empty if nowhere.
  func locations(of id: ChunkID, kind: ChunkKind? = nil) throws(RepositoryError) -> [ChunkLocation] {
    var locations: [ChunkLocation] = []
    try withView { (cursor) throws(LMDBError) in
      try forEachLocation(of: id, kind, cursor) { location in
        locations.append(location)
        return .next
      }
    }
    return locations
  }

  /// Where the chunk can be read; empty if it is stored nowhere.
  func places(of id: ChunkID, kind: ChunkKind) throws(RepositoryError) -> [ChunkPlace] {
    var places: [ChunkPlace] = []
    try withView { (cursor) throws(LMDBError) in
      try runs.forEachLocation(of: id, cursor) { (location) throws(LMDBError) in
        if let place = try viewed(id, kind, at: location) { places.append(place) }
        return .next
      }
    }
    return places
  }

  /// The place that a location stands for; nil if the chunk isn't there, or not any more.
  func place(
    of id: ChunkID, kind: ChunkKind, at location: ChunkLocation
  ) throws(RepositoryError) -> ChunkPlace? {
    var found: ChunkPlace?
    try withView { (_) throws(LMDBError) in found = try viewed(id, kind, at: location) }
    return found
  }

  private func viewed(
    _ id: ChunkID, _ kind: ChunkKind, at location: ChunkLocation
  ) throws(LMDBError) -> ChunkPlace? {
    try transaction.withPack(location.pack, tables: tables) { (pack) throws(LMDBError) -> ChunkPlace? in
      try pack.place(of: id, kind: kind, at: location.ordinal)
    } ?? nil
  }

  /// The id of a pack; nil if nothing is known of it, or not any more.
  func pack(_ number: PackNumber) throws(RepositoryError) -> PackID? {
    if let id = packs[number] { return id }
    var id: PackID?
    try withView { (_) throws(LMDBError) in id = try knownPack(number) }
    return id
  }

  /// Has `locate` look behind the chunk that it found before, where a chunk can be in one place only: what is asked for
  /// together was mostly stored together. It does so until something is added to the cached index.
  func expectNeighbours() throws(RepositoryError) {
    try withView { (_) throws(LMDBError) in repeated = try RepeatedChunks(runs, in: transaction, tables) }
  }

  /// Finds where each of the chunks is stored: for many it costs less than asking for each.
  func locate(
    _ chunks: some Collection<ChunkReference>, into found: inout FoundLocations
  ) throws(RepositoryError) {
    found.removeAll()
    try withView { (cursor) throws(LMDBError) in
      let areNeighboursExpected = repeated?.runs == runs.runs
      for chunk in chunks {
        let kind = Int(chunk.kind.rawValue)
        if areNeighboursExpected, let location = try neighbour(chunk, of: latest[kind]) {
          found.append(location)
          latest[kind] = location
        } else {
          try forEachLocation(of: chunk.id, chunk.kind, cursor) { location in
            found.append(location)
            latest[kind] = location
            return .next
          }
        }
        found.endChunk()
      }
    }
  }

  /// The place after this one, if the chunk is there and nowhere else.
  private func neighbour(
    _ chunk: ChunkReference, of location: ChunkLocation?
  ) throws(LMDBError) -> ChunkLocation? {
    guard let location, let repeated, !repeated.contains(chunk.id) else { return nil }
    let next = ChunkLocation(pack: location.pack, ordinal: location.ordinal &+ 1)
    let isThere = try transaction.withPack(next.pack, tables: tables) { (pack) throws(LMDBError) in
      try pack.holds(chunk.id, chunk.kind, at: next.ordinal)
    }
    return isThere == true ? next : nil
  }

  /// Lends `body` each place of a chunk. The runs know half of its id: the rest is compared with what its pack says. Whoever
  /// may write can enter rubbish under an id that begins like another one.
  private func forEachLocation(
    of id: ChunkID, _ kind: ChunkKind?, _ cursor: borrowing Cursor,
    _ body: (ChunkLocation) throws(LMDBError) -> Iteration
  ) throws(LMDBError) {
    try runs.forEachLocation(of: id, cursor) { (location) throws(LMDBError) in
      let isThere = try transaction.withPack(location.pack, tables: tables) { (pack) throws(LMDBError) in
        try pack.holds(id, kind, at: location.ordinal)
      }
      return isThere == true ? try body(location) : .next
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
