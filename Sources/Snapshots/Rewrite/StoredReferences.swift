import Format
import Repository

/// Looks whether everything that a snapshot refers to is stored where it may be referred to, that is outside packs which
/// a prune is about to remove. For one thread.
struct StoredReferences {
  private let reader: TreeReader
  private let chunks: ChunkReader
  private let writer: ChunkWriter
  /// Tree objects that were found stored with all that is below them, or are about to be.
  private var seen = CompactIDSet()
  private var pending: [ChunkID] = []

  /// - Parameter writer: of the session that is to publish the snapshot; it knows the packs.
  init(reader: TreeReader, chunks: ChunkReader, writer: ChunkWriter) {
    self.reader = reader
    self.chunks = chunks
    self.writer = writer
  }

  /// Whether everything from the directory `tree` on is stored.
  mutating func holds(_ tree: ChunkID) throws(RepositoryError) -> Bool {
    add(tree)
    while let id = pending.popLast() {
      guard try writer.isStored(id) else { return false }
      switch try decoded(id) {
      case .branch(let children): for child in children { add(child.id) }
      case .leaf(let leaf): for node in leaf.nodes { guard try holds(node) else { return false } }
      }
    }
    return true
  }

  private mutating func add(_ tree: ChunkID) {
    if seen.insert(tree) { pending.append(tree) }
  }

  private mutating func holds(_ node: Node) throws(RepositoryError) -> Bool {
    switch node.content {
    case .directory(let tree): add(tree)
    case .file(let items): return try holds(items, depth: 0)
    case .symbolicLink, .device, .none: break
    }
    return true
  }

  private func holds(_ items: [ContentItem], depth: Int) throws(RepositoryError) -> Bool {
    for item in items {
      switch item {
      case .chunk(let id, _): guard try writer.isStored(id) else { return false }
      case .list(let id, _):
        guard depth < Limits.contentListDepth else {
          throw RepositoryError(.damaged, "content list \(id) is nested deeper than the format allows")
        }
        guard try writer.isStored(id), try holds(chunks.contentList(id).items, depth: depth + 1) else { return false }
      case .hole, .zeros: continue
      }
    }
    return true
  }

  private func decoded(_ tree: ChunkID) throws(RepositoryError) -> TreeObject {
    let object = try reader.object(tree)
    do throws(FormatError) {
      return try object.withBytes { (bytes) throws(FormatError) in try TreeObject.decode(bytes) }
    } catch {
      throw RepositoryError(.damaged, "tree \(tree)", cause: error)
    }
  }
}
