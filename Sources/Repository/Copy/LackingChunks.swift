public import Format

/// Which chunks of a repository others lack: a mark over what snapshots refer to. For one thread, until it is copied.
public final class LackingChunks {
  private let source: ReadingContext
  private let lookup: IndexReader
  let intakes: [ChunkIntake]
  private let stored: [IndexReader]
  /// Chunks that were looked at, whoever has them.
  private var visited = ChunkBitmap()
  private var marks: [ChunkBitmap]
  private var packs: Set<PackNumber> = []
  private var found = FoundLocations()
  /// The length of what each lacks, by its place among the intakes. Of what was not copied before to a repository with
  /// other ids that can't be said: it counts as lacking.
  public private(set) var bytes: [UInt64]
  /// Chunks that are in no pack that the index of the source names.
  public private(set) var lost = LostChunks()

  /// Nothing is lacking yet.
  public init(in intakes: [ChunkIntake], from source: RepositoryReading) throws(RepositoryError) {
    self.source = source.context
    self.intakes = intakes
    lookup = try source.context.index.reader()
    var stored: [IndexReader] = []
    for intake in intakes { stored.append(try intake.target.index.reader(condemned: intake.session.condemned)) }
    self.stored = stored
    marks = intakes.map { _ in ChunkBitmap() }
    bytes = intakes.map { _ in 0 }
    for (_, number, chunkCount) in try source.context.index.packNumbers() { add(number, chunkCount) }
  }

  /// Adds chunks that have to be there.
  ///
  /// - Throws: what makes it impossible to look, in the source or in this process; what fails in a target is said to its intake.
  public func add(_ references: [ChunkReference]) throws(RepositoryError) {
    try lookup.locate(references, into: &found)
    for (index, chunk) in references.enumerated() {
      // Nobody takes tree objects and lists whose names for other chunks mean nothing to him.
      guard chunk.kind == .data || intakes.contains(where: { !$0.isTranslating }) else { continue }
      guard let (location, place) = try unvisited(chunk, at: found[index]) else { continue }
      _ = visited.insert(location)
      for (number, intake) in intakes.enumerated() {
        guard chunk.kind == .data || !intake.isTranslating else { continue }
        var isLacking = false
        intake.perform { () throws(RepositoryError) in
          isLacking = try lacks(chunk.id, place, number)
        }
        guard isLacking else { continue }
        _ = marks[number].insert(location)
        packs.insert(location.pack)
        bytes[number] += UInt64(place.length)
      }
    }
  }

  /// Where to read a chunk that has not been looked at; nil if it was, or can't be had.
  private func unvisited(
    _ chunk: ChunkReference, at locations: ArraySlice<ChunkLocation>
  ) throws(RepositoryError) -> (ChunkLocation, ChunkPlace)? {
    var locations = locations
    var isFirst = true
    while true {
      let generation = source.index.generation
      for location in locations {
        guard try learn(location.pack) else { continue }
        if visited[location] { return nil }
      }
      for location in locations {
        if let place = try lookup.place(of: chunk.id, kind: chunk.kind, at: location) { return (location, place) }
      }
      // A prune may have moved it since the index was brought up to date.
      guard try source.refresh(since: generation) || isFirst else {
        lost.add(
          chunk.id, RepositoryError(.missing, "\(chunk.kind) chunk \(chunk.id) is in no index segment"))
        return nil
      }
      isFirst = false
      locations = try lookup.locations(of: chunk.id, kind: chunk.kind)[...]
    }
  }

  private func lacks(_ id: ChunkID, _ place: ChunkPlace, _ number: Int) throws(RepositoryError) -> Bool {
    guard let translation = intakes[number].translation else { return try !stored[number].contains(id) }
    guard let pack = try lookup.pack(place.pack), let known = try translation.id(of: id, at: place, in: pack) else {
      return true
    }
    return try !stored[number].contains(known)
  }

  private func learn(_ pack: PackNumber) throws(RepositoryError) -> Bool {
    if visited.has(pack) { return true }
    guard let (_, chunkCount) = try source.index.pack(pack) else { return false }
    add(pack, chunkCount)
    return true
  }

  private func add(_ pack: PackNumber, _ chunkCount: Int) {
    visited.add(pack, chunkCount: chunkCount)
    for index in marks.indices { marks[index].add(pack, chunkCount: chunkCount) }
  }

  /// What is to be copied, in the order in which packs came to the index.
  func plan() -> CopyPlan {
    CopyPlan(intakes: intakes, packs: packs.sorted { $0.value < $1.value }, marks: marks)
  }
}

/// Which chunks of which packs are to be copied for whom.
struct CopyPlan: Sendable {
  let intakes: [ChunkIntake]
  let packs: [PackNumber]
  fileprivate let marks: [ChunkBitmap]

  /// Whether the intake at an index lacks a chunk of a pack.
  func isWanted(_ ordinal: Int, of pack: PackNumber, by intake: Int) -> Bool {
    marks[intake][ChunkLocation(pack: pack, ordinal: UInt32(ordinal))]
  }

  /// Whether anybody lacks it.
  func isWanted(_ ordinal: Int, of pack: PackNumber) -> Bool {
    intakes.indices.contains { isWanted(ordinal, of: pack, by: $0) }
  }
}
