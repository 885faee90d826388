import Backend
import Format
import LMDB

extension Prune {
  /// Segments below this share of it are written together once there are enough of them.
  private static let smallShare = 8
  private static let smallCount = 8

  /// Replaces the segments that name doomed packs by ones that don't, and many small ones by few. A few at a time, so that
  /// little space is needed.
  func rewriteIndex(without doomed: Set<PackID>) throws(RepositoryError) {
    let segments = try index.segmentPacks()
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
    if small.count >= Self.smallCount { replaced += small }
    var merged = SegmentBuilder()
    var covered: [SegmentID] = []
    for segment in replaced.sorted(by: { $0.id < $1.id }) {
      for pack in segment.packs where !doomed.contains(pack) {
        // Gone since the segments were read: another prune has replaced them, and a process that shares the cache has seen it.
        guard let description = try index.description(of: pack) else { throw .pruneTookOver }
        if !merged.append(description) {
          // The segment that is being covered goes with what comes next.
          try publish(merged.take())
          guard merged.append(description) else { throw .tooLarge(pack) }
        }
      }
      covered.append(segment.id)
      if merged.isFull {
        try replace(covered, by: merged.take())
        covered = []
      }
    }
    try replace(covered, by: merged.take())
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
    return chunks < SegmentBuilder.chunkTarget / Self.smallShare
  }
}

extension IndexStore {
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
