import Backend
import Format

extension Prune {
  /// Replaces the segments that name doomed packs by ones that don't, and many small ones by few. A few at a time, so that
  /// little space is needed.
  func rewriteIndex(without doomed: Set<PackID>) throws(RepositoryError) {
    let segments = try standingSegments()
    let sessions = Set(try context.sessionIDs()).subtracting([session])
    var replaced = segments.filter { !doomed.isDisjoint(with: $0.packs) }
    for other in sessions.intersection(replaced.map(\.id.session)).sorted() {
      // It ended or was fenced off before the sweep was decided, or the packs would be its own.
      _ = try context.fence(other, tombstone: 0, now: watch.now())
    }
    var small: [(id: SegmentID, packs: [PackID])] = []
    for segment in segments where doomed.isDisjoint(with: segment.packs) && !segment.packs.isEmpty {
      guard segment.id.session != session, !sessions.contains(segment.id.session) else { continue }
      if try isSmall(segment.packs) { small.append(segment) }
    }
    if small.count >= SmallObjects.count { replaced += small }
    var merged = SegmentBuilder()
    var covered: [SegmentID] = []
    for segment in replaced.sorted(by: { $0.id < $1.id }) {
      for pack in segment.packs where !doomed.contains(pack) {
        // Gone since the segments were read: another prune has replaced them, and a process that shares the cache has seen it.
        guard let description = try index.description(of: pack) else { throw .pruneTookOver }
        if !merged.hasRoom(for: description) {
          // The segment that is being covered goes with what comes next.
          try publish(merged.take())
          guard merged.hasRoom(for: description) else { throw .tooLarge(pack) }
        }
        merged.append(description)
      }
      covered.append(segment.id)
      if merged.isFull {
        try replace(covered, by: merged.take())
        covered = []
      }
    }
    try replace(covered, by: merged.take())
  }

  /// The segments that stand, with the packs that they name. Whoever shares the cache may have emptied it meanwhile.
  private func standingSegments() throws(RepositoryError) -> [(id: SegmentID, packs: [PackID])] {
    while true {
      let listed = try context.listSegments()
      let segments = try index.segmentPacks()
      if listed.isSubset(of: segments.map(\.id)) { return segments }
      try repository.refreshIndex()
    }
  }

  private func publish(_ merged: IndexSegment) throws(RepositoryError) {
    if !merged.packs.isEmpty { try index.insert(merged, id: try segments.publish(merged)) }
  }

  private func replace(_ covered: [SegmentID], by merged: IndexSegment) throws(RepositoryError) {
    try publish(merged)
    var names: [ObjectName] = []
    for id in covered { names.append(try .segment(id)) }
    try delete(names)
    for id in covered { try index.remove(id) }
  }

  private func isSmall(_ packs: [PackID]) throws(RepositoryError) -> Bool {
    var chunks = 0
    for pack in packs { chunks += try index.description(of: pack)?.directory.chunks.count ?? 0 }
    return chunks < SegmentBuilder.chunkTarget / SmallObjects.share
  }
}
