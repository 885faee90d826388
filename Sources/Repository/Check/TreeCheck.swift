import Backend
import Format

/// Checks the trees of snapshots, each tree object and content list once, for what can't be had.
///
/// It goes depth first with a stack of its own: how deep a tree is nested is up to whoever wrote it.
final class TreeCheck {
  typealias Findings = Set<CheckLog.FindingNumber>

  /// A tree object whose entries are being looked at.
  private struct Level {
    let id: ChunkID
    let object: TreeObject
    /// Levels of branches above it in its directory.
    let depth: Int
    /// The length of the directory's path.
    let pathLength: Int
    var next = 0
    var findings: Findings = []
  }

  private let log: CheckLog
  private let chunks: ChunkReader
  private let index: IndexReader
  private let packs: PackTable
  private let attempts: Int
  private let isStopped: () -> Bool

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
    chunks = try ChunkReader(reading: reading)
    index = try reading.index.reader()
    packs = reading.packs
  }

  /// How many tree objects were read.
  var treeCount: Int { soundTrees.count + unsoundTrees.count }

  /// How many references to data chunks were looked up.
  var referenceCount: Int { references }

  /// Checks everything that a snapshot leads to.
  ///
  /// - Throws: only what makes the check itself impossible, such as a broken cache.
  func check(_ snapshot: Snapshot) throws(RepositoryError) {
    var findings: Findings = []
    for root in snapshot.roots { findings.formUnion(try checkTree(root.tree)) }
    log.affect(findings, snapshot: snapshot.id)
  }

  private func checkTree(_ root: ChunkID) throws(RepositoryError) -> Findings {
    path = []
    stack = []
    if let known = try enter(root, depth: 0, bounds: nil) { return known }
    while let last = stack.indices.last {
      if isStopped() { return [] }
      if let child = try nextChild(of: last) {
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

  /// Looks at entries until one leads to another tree object; nil when none is left. Leaves the path at that entry.
  private func nextChild(
    of level: Int
  ) throws(RepositoryError) -> (id: ChunkID, depth: Int, bounds: Bounds?)? {
    path.removeLast(path.count - stack[level].pathLength)
    switch stack[level].object {
    case .branch(let children):
      let next = stack[level].next
      guard next < children.count else { return nil }
      stack[level].next += 1
      let end = next + 1 < children.count ? children[next + 1].firstName : nil
      return (children[next].id, stack[level].depth + 1, (children[next].firstName, end))
    case .leaf(let leaf):
      var next = stack[level].next
      defer { stack[level].next = next }
      while next < leaf.nodes.count {
        let node = leaf.nodes[next]
        next += 1
        switch node.content {
        case .directory(let tree):
          path.append(UInt8(ascii: "/"))
          path.append(contentsOf: node.name)
          return (tree, 0, nil)
        case .file(let items):
          let findings = try check(items, depth: 0)
          guard !findings.isEmpty else { continue }
          stack[level].findings.formUnion(findings)
          log.affect(findings, path: path + [UInt8(ascii: "/")] + node.name)
        case .symbolicLink, .device, .none:
          continue
        }
      }
      return nil
    }
  }

  /// Begins with a tree object; gives what is known of it instead if it was seen before or can't be read.
  private func enter(_ id: ChunkID, depth: Int, bounds: Bounds?) throws(RepositoryError) -> Findings? {
    if soundTrees.contains(id) { return [] }
    if let findings = unsoundTrees[id] { return findings }
    if let finding = try problem(with: id, kind: .tree, length: nil) { return unsound(id, finding) }
    do throws(RepositoryError) {
      let object = try read(id, kind: .tree) { (bytes) throws(RepositoryError) in
        try RepositoryError.wrapping("tree \(id)") { () throws(FormatError) in try TreeObject.decode(bytes) }
      }
      guard depth <= Limits.branchDepth else {
        throw RepositoryError(.damaged, "tree \(id) is nested deeper than the format allows")
      }
      guard object.fits(bounds) else { throw RepositoryError(.damaged, "tree \(id) has names out of order") }
      stack.append(Level(id: id, object: object, depth: depth, pathLength: path.count))
      return nil
    } catch let error where error.code != .cache {
      try suspectPacks(of: id)
      let finding = log.add(.error, .tree, "tree \(id)", "\(error)")
      log.condemn(chunk: id, because: finding)
      return unsound(id, finding)
    }
  }

  private func unsound(_ tree: ChunkID, _ finding: CheckLog.FindingNumber) -> Findings {
    unsoundTrees[tree] = [finding]
    log.affect([finding], path: path)
    return [finding]
  }

  /// What keeps the bytes that items describe from being had.
  private func check(_ items: [ContentItem], depth: Int) throws(RepositoryError) -> Findings {
    var findings: Findings = []
    for item in items {
      switch item {
      case .chunk(let id, let length):
        references += 1
        if let finding = try problem(with: id, kind: .data, length: length) { findings.insert(finding) }
      case .list(let id, let length):
        guard !soundLists.contains(id, with: length) else { continue }
        let inside = try checkList(id, length: length, depth: depth + 1)
        if inside.isEmpty { soundLists.insert(id, with: length) }
        findings.formUnion(inside)
      case .hole, .zeros:
        continue
      }
    }
    return findings
  }

  private func checkList(_ id: ChunkID, length: UInt64, depth: Int) throws(RepositoryError) -> Findings {
    if let finding = try problem(with: id, kind: .contentList, length: nil) { return [finding] }
    let list: ContentList
    do throws(RepositoryError) {
      list = try read(id, kind: .contentList) { (bytes) throws(RepositoryError) in
        try RepositoryError.wrapping("content list \(id)") { () throws(FormatError) in try ContentList.decode(bytes) }
      }
      guard depth <= Limits.contentListDepth else {
        throw RepositoryError(.damaged, "content list \(id) is nested deeper than the format allows")
      }
    } catch let error where error.code != .cache {
      try suspectPacks(of: id)
      let finding = log.add(.error, .contentList, "content list \(id)", "\(error)")
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

  private func suspectPacks(of chunk: ChunkID) throws(RepositoryError) {
    for location in try index.locations(of: chunk) {
      if let pack = try packs.pack(location.pack) { log.suspect(try .pack(pack.id)) }
    }
  }

  /// What keeps a chunk from being had, going by the index and by what is known of packs; nil if nothing does.
  private func problem(
    with id: ChunkID, kind: ChunkKind, length: UInt64?
  ) throws(RepositoryError) -> CheckLog.FindingNumber? {
    if let finding = log.finding(chunk: id) { return finding }
    var finding: CheckLog.FindingNumber?
    var otherLength: UInt32?
    for location in try index.locations(of: id) {
      guard let pack = try packs.pack(location.pack), location.ordinal < pack.directory.chunks.count else { continue }
      let entry = pack.directory.chunks[Int(location.ordinal)]
      guard entry.id == id, entry.kind == kind else { continue }
      guard length == nil || length == UInt64(entry.length) else {
        otherLength = entry.length
        continue
      }
      finding = log.finding(pack: pack.id, frame: entry.frame)
      if finding == nil { return nil }
    }
    if let finding { return finding }
    if let otherLength, let length {
      // Not condemned: what names it with the right length is sound.
      return log.add(
        .error, .chunkLength, "chunk \(id)", "the \(kind) chunk has \(otherLength) bytes and should have \(length)")
    }
    let missing = log.add(.error, .chunkMissing, "chunk \(id)", "the \(kind) chunk is in no index segment")
    log.condemn(chunk: id, because: missing)
    return missing
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
