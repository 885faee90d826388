import Backend
import Cryptography
import Format

extension Repository {
  /// Brings the cached index up to date: entries of segments that are new come in, those of segments that have gone go.
  ///
  /// - Throws: `.damaged` naming a segment that can't be read.
  public func refreshIndex() throws(RepositoryError) { try index.refresh(from: context) }

  /// As above, for whoever only reads: a segment that can't be read is left out, and told of. What it names is not found then,
  /// unless this client's cache has it.
  public func refreshIndex(leavingOut report: (RepositoryError) -> Void) throws(RepositoryError) {
    try index.refresh(from: context, leavingOut: report)
  }
}

extension IndexStore {
  /// Brings the entries up to date with the segments that are listed.
  ///
  /// - Parameters:
  ///   - listing: what was listed for the epoch that has just begun, if it was.
  ///   - known: the segments that were here before that.
  ///   - report: is told of segments that can't be read, which are left out; without it the first one is thrown.
  func refresh(
    from context: RepositoryContext, listing: SegmentListing? = nil, known before: Set<SegmentID> = [],
    leavingOut report: (RepositoryError) throws(RepositoryError) -> Void = { (error) throws(RepositoryError) in
      throw error
    }
  ) throws(RepositoryError) {
    var listing = listing
    var damaged: Set<SegmentID> = []
    var vanished: Set<SegmentID> = []
    var isCurrent = false
    while !isCurrent {
      let epoch = try epoch()
      // Before the list is read, so that what is known and not listed has gone: whoever shares the cache adds to it too. A list
      // that is here already counts if nobody has.
      let known = try segments()
      let early = known == before ? listing : nil
      listing = nil
      let listed = if let early { early } else { try context.segmentListing() }
      isCurrent = try update(from: known, to: listed, listedIn: epoch) { (id) throws(RepositoryError) in
        do throws(RepositoryError) {
          return try context.segment(id)
        } catch let error where error.code == .missing && !vanished.insert(id).inserted {
          throw RepositoryError(.damaged, "index segment \(id) is listed and is not there", cause: error)
        } catch let error where error.saysDamaged {
          let error = RepositoryError(error.code, "the index can't be read as a whole; run repair index", cause: error)
          if damaged.insert(id).inserted { try report(error) }
          return nil
        }
      }
    }
  }

  /// Takes in the entries of segments that are new, then removes those of segments that have gone: at no moment is a pack
  /// missing which only came to another segment.
  ///
  /// - Parameters:
  ///   - known: the segments that were here before the others were listed.
  ///   - read: reads a segment; nil to leave it out. If it throws `.missing`, a prune has replaced the segment.
  /// - Returns: false if the list is too old: a backup has begun since, or a segment was replaced.
  func update(
    from known: Set<SegmentID>, to listed: SegmentListing, listedIn epoch: UInt64,
    _ read: (SegmentID) throws(RepositoryError) -> IndexSegment?
  ) throws(RepositoryError) -> Bool {
    let emptied = try withPacks(known.intersection(listed.empty))
    let gone = known.subtracting(listed.ids).union(emptied)
    // A repair corrects a description by a new segment; of two that say different things, the one that was first counts.
    var corrections: [(id: SegmentID, segment: IndexSegment)] = []
    // Several at once: their entries become one run, and one commit.
    var batch: [(id: SegmentID, segment: IndexSegment)] = []
    var batchChunks = 0
    var isWhole = true
    for id in listed.ids.subtracting(known).sorted() {
      do throws(RepositoryError) {
        guard let segment = try read(id) else {
          isWhole = false
          continue
        }
        if !gone.isEmpty, try contradicts(segment) {
          corrections.append((id, segment))
          continue
        }
        batch.append((id, segment))
        batchChunks += segment.packs.reduce(0) { $0 + $1.directory.chunks.count }
        guard batchChunks >= Self.batchChunks else { continue }
        guard try insert(batch, listedIn: epoch) else { return false }
        batch = []
        batchChunks = 0
      } catch let error where error.code == .missing {
        return false
      }
    }
    guard try insert(batch, listedIn: epoch) else { return false }
    // What was left out may be what took the place of those that have gone.
    guard isWhole else { return true }
    for id in gone { try remove(id) }
    return try insert(emptied.map { ($0, IndexSegment()) } + corrections, listedIn: epoch)
  }

  /// Chunks whose entries are added together when segments are read: some ten megabytes.
  private static let batchChunks = 250_000
}

/// The index segments that stand in the repository.
struct SegmentListing {
  /// All of them.
  private(set) var ids: Set<SegmentID> = []
  /// Those that name no packs, as their length shows. Such a one may have come to a name that another segment had before: when
  /// whoever fenced a session off was held up until its segments had been replaced, or after damage.
  private(set) var empty: Set<SegmentID> = []

  init(_ objects: [ListedObject]) {
    let emptyLength = UInt64(RecordHeader.length + IndexSegment().encode().count + AES256GCM.tagCount)
    for object in objects {
      guard let id = SegmentID(text: object.name.name) else { continue }
      ids.insert(id)
      if object.size <= emptyLength { empty.insert(id) }
    }
  }
}

extension RepositoryContext {
  /// The ids of the index segments in the repository.
  func listSegments() throws(RepositoryError) -> Set<SegmentID> { try segmentListing().ids }

  /// The index segments in the repository.
  func segmentListing() throws(RepositoryError) -> SegmentListing {
    let listing = try RepositoryError.wrapping("the list of index segments") { () throws(BackendError) in
      try backend.list(.index)
    }
    return SegmentListing(listing.objects)
  }

  /// Reads a segment.
  func segment(_ id: SegmentID) throws(RepositoryError) -> IndexSegment {
    let object = try RepositoryError.wrapping("index segment \(id)") { () throws(BackendError) in
      try backend.getWhole(ObjectName(.index, id.text), limit: RecordKind.indexSegment.objectLengthLimit)
    }
    let body = try sealer.open(object, as: [.indexSegment], name: id.text, context: "index segment \(id)").body
    return try RepositoryError.wrapping("index segment \(id)") { () throws(FormatError) in
      try body.withBytes { (bytes) throws(FormatError) in try IndexSegment.decode(bytes) }
    }
  }
}
