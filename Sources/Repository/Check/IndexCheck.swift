import Backend
import Cryptography
import Format
import LMDB

/// Compares index segments with each other, with the cache and with the packs that are listed.
///
/// Prunes replace segments and remove packs meanwhile: what is gone counts as missing only if the repository, looked at
/// again, still speaks of it.
struct IndexCheck {
  /// What segments say of a pack.
  private struct Facts {
    let length: UInt64
    let chunkCount: Int
    /// The hash of its description: two segments must say the same.
    let description: Digest256
    var segments: [SegmentID]
  }

  private let context: RepositoryContext
  private let index: IndexStore
  private let log: CheckLog
  private var packs: [PackID: Facts] = [:]
  /// Packs that segments describe differently.
  private var disputed: Set<PackID> = []
  private var readable: Set<SegmentID> = []
  private var unreadable: Set<SegmentID> = []
  /// Segments that were listed and not there.
  private var vanished: Set<SegmentID> = []
  private var cacheDiffers = false

  init(context: RepositoryContext, index: IndexStore, log: CheckLog) {
    self.context = context
    self.index = index
    self.log = log
  }

  /// Reads every segment from the backend. Afterwards the cache holds what the readable segments say, and the entries
  /// of a damaged one where it had them.
  mutating func checkSegments(_ progress: (CheckProgress) -> Void) throws(RepositoryError) {
    while true {
      let epoch = try index.epoch()
      let known = try index.segments()
      guard let listed = listSegments() else { return }
      let isCurrent = try index.update(from: known, to: listed, listedIn: epoch) {
        (id) throws(RepositoryError) in try inspect(id, isKnown: false, listed.ids.count, progress)
      }
      guard isCurrent, try compareCached(known.intersection(listed.ids), progress) else { continue }
      forgetReplaced(listed.ids)
      try checkCache(hasAll: unreadable.isEmpty)
      log.count { [count = listed.ids.count] in $0.segments = count }
      return
    }
  }

  /// Reads a segment; nil if it is damaged, which is reported once.
  ///
  /// - Throws: `.missing` if a prune has replaced it since it was listed.
  private mutating func inspect(
    _ id: SegmentID, isKnown: Bool, _ count: Int, _ progress: (CheckProgress) -> Void
  ) throws(RepositoryError) -> IndexSegment? {
    guard !unreadable.contains(id) else { return nil }
    defer {
      let done = readable.count + unreadable.count
      progress(CheckProgress(phase: .index, done: UInt64(done), total: UInt64(max(done, count))))
    }
    do throws(RepositoryError) {
      let segment = try context.segment(id)
      if readable.insert(id).inserted { enter(segment, id: id) }
      return segment
    } catch let error where error.code != .cache {
      // A prune has replaced it since it was listed, unless it is listed again.
      if error.code == .missing, vanished.insert(id).inserted { throw error }
      unreadable.insert(id)
      let finding = log.add(
        .error, .segment, "index/\(id)",
        isKnown ? "\(error); this client's cache still has its content" : "\(error); run repair index")
      log.suspect(try .segment(id), because: finding)
      return nil
    }
  }

  /// Compares what the cache has with the segments themselves; false if a prune has replaced one of them meanwhile.
  private mutating func compareCached(
    _ cached: Set<SegmentID>, _ progress: (CheckProgress) -> Void
  ) throws(RepositoryError) -> Bool {
    for id in cached.subtracting(readable).sorted() {
      do throws(RepositoryError) {
        guard let segment = try inspect(id, isKnown: true, cached.count, progress), !cacheDiffers else { continue }
        cacheDiffers = !isCached(segment, id: id)
      } catch let error where error.code == .missing {
        return false
      }
    }
    return true
  }

  /// Leaves out what only segments said that have been replaced since.
  private mutating func forgetReplaced(_ listed: Set<SegmentID>) {
    readable.formIntersection(listed)
    unreadable.formIntersection(listed)
    for (id, facts) in packs {
      packs[id]?.segments.removeAll { !readable.contains($0) }
      if facts.segments.allSatisfy({ !readable.contains($0) }) { packs[id] = nil }
    }
  }

  /// Compares the packs of the index with those that are listed.
  func checkPacks(_ listed: [ListedPack]) throws(RepositoryError) {
    // A session's pack stands before the segment that names it, and its intent until then; so what is unnamed and whose
    // session has ended by now is unnamed in an index that is read later, too.
    let isAnyoneAtWork = (try? context.sessionIDs().isEmpty) == false
    var unlisted = packs
    var unnamed: [ListedPack] = []
    for pack in listed {
      guard let facts = unlisted.removeValue(forKey: pack.id) else {
        unnamed.append(pack)
        continue
      }
      if facts.length != pack.length {
        let finding = log.add(
          .error, .packLength, "packs/\(pack.id)",
          "the pack has \(pack.length) bytes, and index segment \(facts.segments[0]) says \(facts.length)")
        if let name = try? ObjectName.pack(pack.id) { log.suspect(name, because: finding) }
        log.condemn(pack: pack.id, because: finding)
      }
      if PackLength.padded(Int(clamping: min(pack.length, 1 << 62))) != Int(clamping: pack.length) {
        log.add(.note, .packLength, "packs/\(pack.id)", "the pack's length of \(pack.length) bytes is not padded")
      }
    }
    if !unlisted.isEmpty || !unnamed.isEmpty { try? index.refresh(from: context) }
    for (id, facts) in unlisted.sorted(by: { $0.key < $1.key }) where try isNamed(id) {
      let finding = log.add(
        .error, .packMissing, "packs/\(id)",
        "index segment \(facts.segments[0]) names this pack of \(facts.length) bytes, and it is not there")
      log.condemn(pack: id, because: finding)
    }
    for pack in unnamed {
      if let name = try? ObjectName.pack(pack.id), (try? context.stands(name)) == false { continue }
      // What only a damaged segment names, this client's cache may know.
      if unreadable.isEmpty, try isNamed(pack.id) { continue }
      report(unnamed: pack, isAnyoneAtWork)
    }
    let bytes = listed.reduce(UInt64(0)) { $0 + $1.length }
    let chunks = packs.values.reduce(0) { $0 + $1.chunkCount }
    log.count { [count = listed.count] in
      $0.packs = count
      $0.packBytes = bytes
      $0.chunks = chunks
    }
  }

  private func report(unnamed pack: ListedPack, _ isAnyoneAtWork: Bool) {
    let subject = "no index segment names this pack of \(pack.length) bytes"
    if isAnyoneAtWork {
      log.add(
        .note, .packUnreferenced, "packs/\(pack.id)",
        "\(subject): it may be that of a backup that is running; see \"firn intents\"")
    } else {
      log.add(
        .warning, .packUnreferenced, "packs/\(pack.id)",
        "\(subject): a backup that was cut off left it, or an index segment is missing; prune removes it, repair index takes "
          + "its chunks in")
    }
  }

  /// Whether the index, as it was last brought up to date, names a pack.
  private func isNamed(_ pack: PackID) throws(RepositoryError) -> Bool { try index.description(of: pack) != nil }

  /// Counts chunks that are stored more than once.
  func countDuplicates() throws(RepositoryError) {
    let duplicates = try index.duplicateCount()
    guard duplicates > 0 else { return }
    log.count { $0.duplicateChunks = duplicates }
    log.add(
      .note, .chunkDuplicated, "index",
      "\(duplicates) chunks are stored more than once, as backups that run at the same time do; prune keeps one each")
  }

  private func listSegments() -> SegmentListing? {
    do throws(RepositoryError) {
      return try context.segmentListing()
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
        packs[pack.id]?.segments.append(id)
        guard other.description != hash else { continue }
        disputed.insert(pack.id)
        log.add(
          .error, .packDescription, "packs/\(pack.id)",
          "index segments \(other.segments[0]) and \(id) describe the pack differently; run repair index")
        continue
      }
      packs[pack.id] = Facts(
        length: pack.length, chunkCount: pack.directory.chunks.count, description: hash, segments: [id])
    }
  }

  private mutating func checkCache(hasAll: Bool) throws(RepositoryError) {
    // With a damaged segment the cache may rightly hold more than what was read.
    if hasAll, !cacheDiffers {
      let chunks = packs.values.reduce(0) { $0 + $1.chunkCount }
      do throws(RepositoryError) {
        cacheDiffers = try index.hasCounts(segments: readable, packs: packs.count, chunks: chunks) == false
      } catch let error where error.code == .cache {
        cacheDiffers = true
      }
    }
    guard cacheDiffers else { return }
    log.add(
      .warning, .cache, "cache",
      "this client's cached index was not what the repository holds; it was filled anew")
    let epoch = try index.clear()
    for id in readable.sorted() {
      do throws(RepositoryError) {
        _ = try index.insert([(id, context.segment(id))], listedIn: epoch)
      } catch let error where error.code == .missing {
        // A prune has replaced it; the other one comes in when the index is next brought up to date.
        continue
      }
    }
  }
}
