import Backend
import Format

extension Repository {
  /// Brings the cached index up to date: entries of segments that are new come in, those of segments that have gone go.
  ///
  /// - Throws: `.damaged` naming a segment that can't be read.
  public func refreshIndex() throws(RepositoryError) { try index.refresh(from: context) }
}

extension IndexStore {
  /// Brings the entries up to date with the segments that are listed.
  func refresh(from context: RepositoryContext) throws(RepositoryError) {
    var attempts = 0
    while true {
      do throws(RepositoryError) {
        if try refreshOnce(from: context) { return }
      } catch let error where error.code == .missing && attempts < Self.missingLimit {
        // A prune has replaced the segment since it was listed.
        attempts += 1
      }
    }
  }

  /// How often a segment may be gone when it is to be read, before that is taken for damage.
  private static let missingLimit = 3

  /// False if a backup has begun meanwhile, so that the list is too old to add from.
  private func refreshOnce(from context: RepositoryContext) throws(RepositoryError) -> Bool {
    let epoch = try epoch()
    let listed = try context.listSegments()
    let known = try segments()
    for id in known.subtracting(listed) { try remove(id) }
    for id in listed.subtracting(known).sorted() {
      guard try insert(try context.segment(id), id: id, listedIn: epoch) else { return false }
    }
    return true
  }
}

extension RepositoryContext {
  /// The index segments in the repository.
  func listSegments() throws(RepositoryError) -> Set<SegmentID> {
    let listing = try RepositoryError.wrapping("the list of index segments") { () throws(BackendError) in
      try backend.list(.index)
    }
    return Set(listing.objects.compactMap { SegmentID(text: $0.name.name) })
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
