import Backend
import Cryptography
import Format
import LMDB

/// Compares index segments with each other, with the cache and with the packs that are listed.
struct IndexCheck {
  /// What segments say of a pack.
  private struct Facts {
    let length: UInt64
    let chunkCount: Int
    /// The hash of its description: two segments must say the same.
    let description: Digest256
    let segment: SegmentID
  }

  private let context: RepositoryContext
  private let index: IndexStore
  private let log: CheckLog
  private var packs: [PackID: Facts] = [:]
  /// Packs that segments describe differently.
  private var disputed: Set<PackID> = []
  private var cacheDiffers = false

  init(context: RepositoryContext, index: IndexStore, log: CheckLog) {
    self.context = context
    self.index = index
    self.log = log
  }

  /// Reads every segment from the backend. Afterwards the cache holds what the readable segments say, and the entries
  /// of a damaged one where it had them.
  mutating func checkSegments(_ progress: (CheckProgress) -> Void) throws(RepositoryError) {
    let epoch = try index.epoch()
    guard let listed = listSegments() else { return }
    var known = try index.segments()
    for id in known.subtracting(listed) { try index.remove(id) }
    known.formIntersection(listed)
    var readable: [SegmentID] = []
    for (done, id) in listed.sorted().enumerated() {
      do throws(RepositoryError) {
        let segment = try context.segment(id)
        readable.append(id)
        enter(segment, id: id)
        if !known.contains(id) {
          // Not added if a backup has begun: that brings the cache up to date itself.
          _ = try index.insert(segment, id: id, listedIn: epoch)
        } else if !cacheDiffers {
          cacheDiffers = !isCached(segment, id: id)
        }
      } catch let error where error.code != .cache {
        log.suspect(try .segment(id))
        log.add(
          .error, .segment, "index/\(id)",
          known.contains(id)
            ? "\(error); this client's cache still has its content" : "\(error); run repair index")
      }
      progress(CheckProgress(phase: .index, done: UInt64(done + 1), total: UInt64(listed.count)))
    }
    try checkCache(readable: readable, hasAll: readable.count == listed.count, epoch: epoch)
    log.count { [count = listed.count] in $0.segments = count }
  }

  /// Compares the packs of the index with those that are listed.
  func checkPacks(_ listed: [ListedPack]) {
    var unlisted = packs
    for pack in listed {
      guard let facts = unlisted.removeValue(forKey: pack.id) else {
        log.add(
          .warning, .packUnreferenced, "packs/\(pack.id)",
          "no index segment names this pack of \(pack.length) bytes: a backup that was cut off left it, or an index "
            + "segment is missing; prune removes it, repair index takes its chunks in")
        continue
      }
      if facts.length != pack.length {
        let finding = log.add(
          .error, .packLength, "packs/\(pack.id)",
          "the pack has \(pack.length) bytes, and index segment \(facts.segment) says \(facts.length)")
        if let name = try? ObjectName.pack(pack.id) { log.suspect(name) }
        log.condemn(pack: pack.id, because: finding)
      }
      if PackLength.padded(Int(clamping: min(pack.length, 1 << 62))) != Int(clamping: pack.length) {
        log.add(.note, .packLength, "packs/\(pack.id)", "the pack's length of \(pack.length) bytes is not padded")
      }
    }
    for (id, facts) in unlisted.sorted(by: { $0.key < $1.key }) where !index.wasPruned(id, context) {
      let finding = log.add(
        .error, .packMissing, "packs/\(id)",
        "index segment \(facts.segment) names this pack of \(facts.length) bytes, and it is not there")
      log.condemn(pack: id, because: finding)
    }
    let bytes = listed.reduce(UInt64(0)) { $0 + $1.length }
    let chunks = packs.values.reduce(0) { $0 + $1.chunkCount }
    log.count { [count = listed.count] in
      $0.packs = count
      $0.packBytes = bytes
      $0.chunks = chunks
    }
  }

  /// Counts chunks that are stored more than once.
  func countDuplicates() throws(RepositoryError) {
    let duplicates = try index.duplicateCount()
    guard duplicates > 0 else { return }
    log.count { $0.duplicateChunks = duplicates }
    log.add(
      .note, .chunkDuplicated, "index",
      "\(duplicates) chunks are stored more than once, as backups that run at the same time do; prune keeps one each")
  }

  private func listSegments() -> Set<SegmentID>? {
    do throws(RepositoryError) {
      return try context.listSegments()
    } catch {
      log.add(.error, .listing, "index", "\(error)")
      return nil
    }
  }

  /// An entry of the cache that can't even be read is as good a reason to fill it anew as a wrong one.
  private func isCached(_ segment: IndexSegment, id: SegmentID) -> Bool {
    (try? index.holds(segment, id: id, except: disputed)) ?? false
  }

  private mutating func enter(_ segment: IndexSegment, id: SegmentID) {
    for pack in segment.packs {
      let hash = pack.encodedHash
      if let other = packs[pack.id] {
        guard other.description != hash else { continue }
        disputed.insert(pack.id)
        log.add(
          .error, .packDescription, "packs/\(pack.id)",
          "index segments \(other.segment) and \(id) describe the pack differently; run repair index")
        continue
      }
      packs[pack.id] = Facts(
        length: pack.length, chunkCount: pack.directory.chunks.count, description: hash, segment: id)
    }
  }

  private mutating func checkCache(readable: [SegmentID], hasAll: Bool, epoch: UInt64) throws(RepositoryError) {
    // With a damaged segment the cache may rightly hold more than what was read.
    if hasAll, !cacheDiffers {
      let chunks = packs.values.reduce(0) { $0 + $1.chunkCount }
      cacheDiffers = try !index.hasCounts(segments: readable.count, packs: packs.count, chunks: chunks)
    }
    guard cacheDiffers else { return }
    log.add(
      .warning, .cache, "cache",
      "this client's cached index was not what the repository holds; it was filled anew")
    try index.clear()
    for id in readable { _ = try index.insert(try context.segment(id), id: id, listedIn: epoch) }
  }
}
