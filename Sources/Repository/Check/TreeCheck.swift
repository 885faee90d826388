import Backend
import Format

/// Checks the trees of snapshots, each tree object and content list once, for what can't be had.
///
/// It goes depth first with a stack of its own: how deep a tree is nested is up to whoever wrote it.
final class TreeCheck {
  typealias Findings = Set<CheckLog.FindingNumber>

  /// A tree object below which others are being looked at.
  private struct Level {
    let id: ChunkID
    /// The length of the directory's path.
    let pathLength: Int
    /// Those that are still to be looked at, the next last. Nothing else is kept of the object: a tree may be nested deep.
    var pending: [Child]
    var findings: Findings
  }

  /// A tree object that another one names.
  private struct Child {
    let id: ChunkID
    /// The directory's name; nil for a part of the same directory.
    var name: [UInt8]?
    /// Levels of branches above it in its directory.
    var depth = 0
    var bounds: Bounds?
  }

  private let log: CheckLog
  private let reading: ReadingContext
  private let chunks: ChunkReader
  private let index: IndexReader
  private let attempts: Int
  private let isStopped: () -> Bool

  /// The snapshot that is being checked, and whether it was forgotten since it was listed.
  private var snapshot: SnapshotID?
  private var isForgotten = false
  /// The generation of the index that was found to be what the repository holds.
  private var settledGeneration: UInt64?

  /// Tree objects below which everything can be had, and those below which something can't.
  private var soundTrees = CompactIDSet()
  private var unsoundTrees: [ChunkID: Findings] = [:]
  /// The same for content lists, each with the length that it was said to have.
  private var soundLists = CompactIDSet()
  private var path: [UInt8] = []
  private var stack: [Level] = []
  private var references = 0

  /// - Parameter attempts: how often a place is read before what lies there counts as lost.
  init(
    reading: ReadingContext, log: CheckLog, attempts: Int = 1, isStopped: @escaping () -> Bool
  ) throws(RepositoryError) {
    self.log = log
    self.attempts = attempts
    self.isStopped = isStopped
    self.reading = reading
    chunks = try ChunkReader(reading: reading)
    index = try reading.index.reader()
  }

  /// How many tree objects were read.
  var treeCount: Int { soundTrees.count + unsoundTrees.count }

  /// How many references to data chunks were looked up.
  var referenceCount: Int { references }

  /// Checks everything that a snapshot leads to. One that is forgotten meanwhile is passed over as soon as that shows.
  ///
  /// - Throws: only what makes the check itself impossible, such as a broken cache.
  func check(_ snapshot: Snapshot) throws(RepositoryError) {
    self.snapshot = snapshot.id
    isForgotten = false
    var findings: Findings = []
    for root in snapshot.roots where !isForgotten { findings.formUnion(try checkTree(root.tree)) }
    guard !isForgotten else { return }
    log.affect(findings, snapshot: snapshot.id)
  }

  private func checkTree(_ root: ChunkID) throws(RepositoryError) -> Findings {
    path = []
    stack = []
    if let known = try enter(root, depth: 0, bounds: nil) { return known }
    while let last = stack.indices.last {
      if isForgotten || isStopped() { return [] }
      if let child = nextChild(of: last) {
        if let known = try enter(child.id, depth: child.depth, bounds: child.bounds) {
          stack[last].findings.formUnion(known)
        }
        continue
      }
      let done = stack.removeLast()
      if done.findings.isEmpty { soundTrees.insert(done.id) } else { unsoundTrees[done.id] = done.findings }
      guard !stack.isEmpty else { return done.findings }
      stack[stack.count - 1].findings.formUnion(done.findings)
    }
    return []
  }

  /// The names that a part of a directory may hold: from the first one to below the second one.
  private typealias Bounds = (first: [UInt8], end: [UInt8]?)

  /// The next tree object to be looked at; nil when none is left. Leaves the path there.
  private func nextChild(of level: Int) -> Child? {
    path.removeLast(path.count - stack[level].pathLength)
    guard let child = stack[level].pending.popLast() else { return nil }
    if let name = child.name { path += [UInt8(ascii: "/")] + name }
    return child
  }

  /// Checks the files of a tree object, and notes what other tree objects it names.
  private func level(_ id: ChunkID, _ object: TreeObject, depth: Int) throws(RepositoryError) -> Level {
    var level = Level(id: id, pathLength: path.count, pending: [], findings: [])
    switch object {
    case .branch(let children):
      for (index, child) in children.enumerated() {
        let end = index + 1 < children.count ? children[index + 1].firstName : nil
        level.pending.append(Child(id: child.id, depth: depth + 1, bounds: (child.firstName, end)))
      }
    case .leaf(let leaf):
      for node in leaf.nodes where !isForgotten {
        switch node.content {
        case .directory(let tree): level.pending.append(Child(id: tree, name: node.name))
        case .file(let items):
          let findings = try check(items, depth: 0)
          guard !findings.isEmpty else { continue }
          level.findings.formUnion(findings)
          log.affect(findings, path: path + [UInt8(ascii: "/")] + node.name)
        case .symbolicLink, .device, .none: continue
        }
      }
    }
    level.pending.reverse()
    return level
  }

  /// Begins with a tree object; gives what is known of it instead if it was seen before or can't be read.
  private func enter(_ id: ChunkID, depth: Int, bounds: Bounds?) throws(RepositoryError) -> Findings? {
    if soundTrees.contains(id) { return [] }
    if let findings = unsoundTrees[id] { return findings }
    if let finding = try problem(with: id, kind: .tree, length: nil) { return unsound(id, finding) }
    guard !isForgotten else { return [] }
    let object: TreeObject
    do throws(RepositoryError) {
      object = try readingAgain { () throws(RepositoryError) in
        try read(id, kind: .tree) { (bytes) throws(RepositoryError) in
          try RepositoryError.wrapping("tree \(id)") { () throws(FormatError) in try TreeObject.decode(bytes) }
        }
      }
      guard depth <= Limits.branchDepth else {
        throw RepositoryError(.damaged, "tree \(id) is nested deeper than the format allows")
      }
      guard object.fits(bounds) else { throw RepositoryError(.damaged, "tree \(id) has names out of order") }
    } catch let error where error.code != .cache {
      guard !isForgotten else { return [] }
      let finding = log.add(.error, .tree, "tree \(id)", "\(error)")
      try suspectPacks(of: id, because: finding)
      log.condemn(chunk: id, because: finding)
      return unsound(id, finding)
    }
    stack.append(try level(id, object, depth: depth))
    return nil
  }

  private func unsound(_ tree: ChunkID, _ finding: CheckLog.FindingNumber) -> Findings {
    unsoundTrees[tree] = [finding]
    log.affect([finding], path: path)
    return [finding]
  }

  /// What keeps the bytes that items describe from being had.
  private func check(_ items: [ContentItem], depth: Int) throws(RepositoryError) -> Findings {
    var findings: Findings = []
    for item in items where !isForgotten {
      switch item {
      case .chunk(let id, let length):
        references += 1
        if let finding = try problem(with: id, kind: .data, length: length) { findings.insert(finding) }
      case .list(let id, let length):
        guard !soundLists.contains(id, with: length) else { continue }
        let inside = try checkList(id, length: length, depth: depth + 1)
        if inside.isEmpty, !isForgotten { soundLists.insert(id, with: length) }
        findings.formUnion(inside)
      case .hole, .zeros:
        continue
      }
    }
    return findings
  }

  private func checkList(_ id: ChunkID, length: UInt64, depth: Int) throws(RepositoryError) -> Findings {
    if let finding = try problem(with: id, kind: .contentList, length: nil) { return [finding] }
    guard !isForgotten else { return [] }
    let list: ContentList
    do throws(RepositoryError) {
      list = try readingAgain { () throws(RepositoryError) in
        try read(id, kind: .contentList) { (bytes) throws(RepositoryError) in
          try RepositoryError.wrapping("content list \(id)") { () throws(FormatError) in try ContentList.decode(bytes) }
        }
      }
      guard depth <= Limits.contentListDepth else {
        throw RepositoryError(.damaged, "content list \(id) is nested deeper than the format allows")
      }
    } catch let error where error.code != .cache {
      guard !isForgotten else { return [] }
      let finding = log.add(.error, .contentList, "content list \(id)", "\(error)")
      try suspectPacks(of: id, because: finding)
      log.condemn(chunk: id, because: finding)
      return [finding]
    }
    guard list.length == length else {
      // Not condemned: what names it with the right length is sound.
      return [
        log.add(.error, .contentList, "content list \(id)", "the list does not describe the \(length) bytes it should")
      ]
    }
    return try check(list.items, depth: depth)
  }

  private func read<Result>(
    _ id: ChunkID, kind: ChunkKind, _ body: (UnsafeRawBufferPointer) throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    try RepositoryError.rereading(attempts) { () throws(RepositoryError) in
      try chunks.withChunk(id, kind: kind, body)
    }
  }

  private func suspectPacks(of chunk: ChunkID, because finding: CheckLog.FindingNumber) throws(RepositoryError) {
    for location in try index.locations(of: chunk) {
      if let pack = try index.pack(location.pack) { log.suspect(try .pack(pack), because: finding) }
    }
  }

  /// What keeps a chunk from being had, going by the index and by what is known of packs; nil if nothing does.
  private func problem(
    with id: ChunkID, kind: ChunkKind, length: UInt64?
  ) throws(RepositoryError) -> CheckLog.FindingNumber? {
    if let finding = log.finding(chunk: id) { return finding }
    while true {
      let look = try look(for: id, kind: kind, length: length)
      if case .stored = look { return nil }
      // Somebody may have moved it, or nobody may need it any more.
      guard try stillCounts() else { return nil }
      guard try isSettled() else { continue }
      return report(look, of: id, kind)
    }
  }

  /// What the index says of a chunk.
  private enum Look {
    case stored
    /// In a pack that a finding is about.
    case unreadable(CheckLog.FindingNumber)
    case otherLength(UInt32, expected: UInt64)
    case missing
  }

  private func look(for id: ChunkID, kind: ChunkKind, length: UInt64?) throws(RepositoryError) -> Look {
    var look = Look.missing
    for place in try index.places(of: id, kind: kind) {
      if let length, length != UInt64(place.length) {
        if case .missing = look { look = .otherLength(place.length, expected: length) }
        continue
      }
      // Nil if the pack has gone since the chunk was looked up.
      guard let pack = try index.pack(place.pack) else { continue }
      guard let finding = log.finding(pack: pack, frame: place.frame) else { return .stored }
      look = .unreadable(finding)
    }
    return look
  }

  private func report(_ look: Look, of id: ChunkID, _ kind: ChunkKind) -> CheckLog.FindingNumber? {
    switch look {
    case .stored: return nil
    case .unreadable(let finding): return finding
    case .otherLength(let other, let expected):
      // Not condemned: what names it with the right length is sound.
      return log.add(
        .error, .chunkLength, "chunk \(id)", "the \(kind) chunk has \(other) bytes and should have \(expected)")
    case .missing:
      let missing = log.add(.error, .chunkMissing, "chunk \(id)", "the \(kind) chunk is in no index segment")
      log.condemn(chunk: id, because: missing)
      return missing
    }
  }
}

/// What prunes and forgets do meanwhile is no damage: nothing counts as such before the repository was looked at again.
extension TreeCheck {
  /// Reads something, and again as long as it is not where the index said and the index changes.
  private func readingAgain<Result>(_ read: () throws(RepositoryError) -> Result) throws(RepositoryError) -> Result {
    while true {
      do throws(RepositoryError) {
        return try read()
      } catch let error where error.code == .missing {
        guard try stillCounts(), try !isSettled() else { throw error }
      }
    }
  }

  /// Whether the snapshot was still there after something of it could not be found: then the repository has to have it. An
  /// object that is gone was forgotten; that somebody took it away can't be told from that.
  private func stillCounts() throws(RepositoryError) -> Bool {
    guard !isForgotten, let snapshot else { return false }
    isForgotten = (try? reading.context.stands(snapshot)) == false
    return !isForgotten
  }

  /// Whether the index in which something was not found is what the repository holds. Otherwise it is by now, and has to
  /// be looked at again.
  ///
  /// What a snapshot needs never leaves the index while it stands; so what was missing in such an index is damage, however
  /// much has changed since.
  private func isSettled() throws(RepositoryError) -> Bool {
    let generation = reading.index.generation
    guard generation != settledGeneration else { return true }
    do throws(RepositoryError) {
      try reading.index.refresh(from: reading.context)
    } catch let error where error.code != .cache {
      // A damaged segment keeps it from being known; it is reported, and no prune runs beside it.
      return true
    }
    if reading.index.generation == generation { settledGeneration = generation }
    return false
  }
}

extension TreeObject {
  /// Whether the object's names lie within those that the branch above it leaves for it.
  fileprivate func fits(_ bounds: (first: [UInt8], end: [UInt8]?)?) -> Bool {
    guard let bounds else { return true }
    let (first, last): ([UInt8]?, [UInt8]?) =
      switch self {
      case .leaf(let leaf): (leaf.nodes.first?.name, leaf.nodes.last?.name)
      case .branch(let children): (children.first?.firstName, children.last?.firstName)
      }
    guard let first, let last else { return true }
    guard let end = bounds.end else { return first == bounds.first }
    return first == bounds.first && last.lexicographicallyPrecedes(end)
  }
}
