import Backend
import Format
import LMDB

/// Which stored copies of chunks are needed: a mark over everything that snapshots lead to.
///
/// Of a chunk that is stored several times one copy is marked, after it was read and found good. Copies in condemned packs
/// are only marked where there is no other good one.
final class LiveChunks {
  private let context: RepositoryContext
  private let index: IndexStore
  private let lookup: IndexReader
  private let chunks: ChunkReader
  private let trees: TreeReader
  private var bitmap = ChunkBitmap()
  private var packNumbers: [PackID: PackNumber] = [:]
  /// Of numbers that the index has given up too.
  private var packIDs: [PackNumber: PackID] = [:]
  private var chunkCounts: [PackNumber: Int] = [:]
  /// The packs that stood in the repository when the mark began.
  let packs: Set<PackID>
  private var present: Set<PackNumber> = []
  private var condemnedPacks: Set<PackID>
  private var condemned: Set<PackNumber> = []
  /// Condemned packs that hold the only copy of something that is needed.
  private(set) var rescued: Set<PackID> = []
  private var stack: [ChunkReference] = []
  private var references: [ChunkReference] = []
  private var found = FoundLocations()
  private var walked: Set<SnapshotID> = []

  /// - Parameters:
  ///   - named: the packs that the index names.
  ///   - packs: those that stand in the repository. They were looked at after the index.
  init(
    named: [(id: PackID, number: PackNumber, chunkCount: Int)], packs: [ListedPack], condemned: Set<PackID>,
    context: RepositoryContext, index: IndexStore, trees: TreeCache
  ) throws(RepositoryError) {
    self.context = context
    self.index = index
    self.packs = Set(packs.map(\.id))
    condemnedPacks = condemned
    let reading = try ReadingContext(context: context, index: index, task: "prune")
    lookup = try index.reader()
    try lookup.expectNeighbours()
    chunks = try ChunkReader(reading: reading)
    self.trees = TreeReader(cache: trees, chunks: try ChunkReader(reading: reading))
    for (id, number, chunkCount) in named {
      packNumbers[id] = number
      packIDs[number] = id
      chunkCounts[number] = chunkCount
      bitmap.add(number, chunkCount: chunkCount)
      if condemned.contains(id) { self.condemned.insert(number) }
    }
    for pack in packs { if let number = packNumbers[pack.id] { present.insert(number) } }
  }

  /// Condemns packs: those in which nothing is marked, or whose marked chunks have copies elsewhere by now.
  func condemn(_ packs: Set<PackID>) {
    condemnedPacks.formUnion(packs)
    for pack in packs { if let number = packNumbers[pack] { condemned.insert(number) } }
  }

  /// Whether the index has named a pack since the mark began.
  func knows(_ pack: PackID) -> Bool { packNumbers[pack] != nil }

  /// Which chunks of a pack are marked, by ordinal; nil for a pack that the index didn't name when it was marked, or describes
  /// anew since.
  func marks(of pack: PackDescription, _ number: PackNumber) -> [Bool]? {
    guard packNumbers[pack.id] == number else { return nil }
    return pack.directory.chunks.indices.map { isMarked($0, in: number) }
  }

  private func isMarked(_ ordinal: Int, in pack: PackNumber) -> Bool {
    bitmap[ChunkLocation(pack: pack, ordinal: UInt32(ordinal))]
  }

  /// Marks all that a snapshot leads to. What other snapshots have led to before is not walked again.
  ///
  /// - Throws: `.missing` or `.damaged` if something that it needs can't be had: nothing must be removed then, and what was
  ///   marked is good for nothing, since what lies behind a marked directory may not be.
  func mark(_ snapshot: Snapshot) throws(RepositoryError) {
    guard walked.insert(snapshot.id).inserted else { return }
    do throws(RepositoryError) {
      for root in snapshot.roots {
        references = [ChunkReference(id: root.tree, kind: .tree)]
        try markReferences()
        while let next = stack.popLast() { try expand(next) }
      }
    } catch let error where error.code == .missing || error.code == .damaged {
      throw RepositoryError(
        error.code, "snapshot \(snapshot.id) is not whole; nothing is removed before it is repaired or forgotten",
        cause: error)
    }
  }

  /// Writes the trees that were read to the cache.
  func flush() throws(RepositoryError) { try trees.flush() }

  /// Marks what the object that was read last refers to.
  private func markReferences() throws(RepositoryError) {
    try lookup.locate(references, into: &found)
    for (index, chunk) in references.enumerated() {
      let isNew: Bool
      if try canLearn(found[index]) {
        isNew = try claim(chunk, at: found[index])
      } else {
        // Another process that shares the cache has seen packs go since all were looked up.
        isNew = try claim(chunk, at: lookup.locations(of: chunk.id, kind: chunk.kind)[...])
      }
      if isNew, chunk.kind != .data { stack.append(chunk) }
    }
  }

  private func canLearn(_ locations: ArraySlice<ChunkLocation>) throws(RepositoryError) -> Bool {
    for location in locations where !bitmap.has(location.pack) {
      if try index.pack(location.pack) == nil { return false }
    }
    return true
  }

  private func expand(_ chunk: ChunkReference) throws(RepositoryError) {
    if chunk.kind == .tree {
      let object = try trees.object(chunk.id)
      try RepositoryError.wrapping("tree \(chunk.id)") { () throws(FormatError) in
        try object.withBytes { (bytes) throws(FormatError) in
          try TreeObject.references(of: bytes, into: &references)
        }
      }
    } else {
      references = try chunks.withChunk(chunk.id, kind: .contentList) { (bytes) throws(RepositoryError) in
        try RepositoryError.wrapping("content list \(chunk.id)") { () throws(FormatError) in
          try ContentList.decode(bytes).references
        }
      }
    }
    try markReferences()
  }

  /// Marks a copy of the chunk, which is stored in these places; false if one is marked already.
  private func claim(
    _ chunk: ChunkReference, at locations: ArraySlice<ChunkLocation>
  ) throws(RepositoryError) -> Bool {
    var known: [ChunkLocation] = []
    for location in locations {
      if !bitmap.has(location.pack) { try learn(location.pack) }
      if bitmap[location] { return false }
      if present.contains(location.pack) { known.append(location) }
    }
    guard let chosen = try choose(known, for: chunk) else {
      throw RepositoryError(.missing, "\(chunk.kind) chunk \(chunk.id) is in no pack that stands in the repository")
    }
    if condemned.contains(chosen.pack), let pack = packIDs[chosen.pack] { rescued.insert(pack) }
    return bitmap.insert(chosen)
  }

  private func choose(
    _ locations: [ChunkLocation], for chunk: ChunkReference
  ) throws(RepositoryError) -> ChunkLocation? {
    guard locations.count > 1 else { return locations.first }
    let candidates =
      locations.filter { !condemned.contains($0.pack) } + locations.filter { condemned.contains($0.pack) }
    // Whoever holds a write key may have filed rubbish under this id: a copy must not be dropped for that.
    for location in candidates where try chunks.isGood(chunk.id, kind: chunk.kind, at: location) { return location }
    return candidates.first
  }

  /// A pack that came into the index since the mark began was published by another session or by this prune itself; or it
  /// was there, and got another number when its segment was replaced.
  private func learn(_ number: PackNumber) throws(RepositoryError) {
    guard let (id, chunkCount) = try index.pack(number) else {
      throw RepositoryError(.missing, "a pack vanished from the index while it was read; run the command again")
    }
    if let earlier = packNumbers[id] {
      guard chunkCounts[earlier] == chunkCount else {
        throw RepositoryError(.damaged, "index segments describe pack \(id) differently; run repair index")
      }
      bitmap.add(number, as: earlier)
      if present.contains(earlier) { present.insert(number) }
    } else {
      bitmap.add(number, chunkCount: chunkCount)
      present.insert(number)
    }
    packNumbers[id] = number
    packIDs[number] = id
    chunkCounts[number] = chunkCount
    if condemnedPacks.contains(id) { condemned.insert(number) }
  }
}
