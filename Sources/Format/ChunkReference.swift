/// A chunk that a tree object or a content list names.
public struct ChunkReference: Hashable, Sendable {
  /// The chunk.
  public let id: ChunkID
  /// What it holds.
  public let kind: ChunkKind

  /// A reference to a chunk of a kind.
  public init(id: ChunkID, kind: ChunkKind) {
    self.id = id
    self.kind = kind
  }
}

extension TreeObject {
  /// Replaces `references` by what a tree object names, in its order, with the same checks as decoding.
  public static func references(
    of bytes: UnsafeRawBufferPointer, into references: inout [ChunkReference]
  ) throws(FormatError) {
    references.removeAll(keepingCapacity: true)
    if isBranch(bytes) {
      guard case .branch(let children) = try decode(bytes) else { return }
      for child in children { references.append(ChunkReference(id: child.id, kind: .tree)) }
      return
    }
    var reader = try reader(bytes)
    _ = try form(from: &reader)
    _ = try OwnerName.decodeTable(from: &reader, keep: false)
    _ = try OwnerName.decodeTable(from: &reader, keep: false)
    let count = try reader.count("nodes", elementsOfAtLeast: TreeLeaf.leastNodeSize)
    for _ in 0..<count {
      let (head, presence) = try NodeSummary.head(from: &reader)
      let rest = try NodeRest.decode(from: &reader, head: head, presence: presence, keep: false, keepContent: true)
      switch rest.content {
      case .directory(let tree): references.append(ChunkReference(id: tree, kind: .tree))
      case .file(let items): references.append(contentsOf: items.lazy.compactMap(ChunkReference.init))
      case .symbolicLink, .device, .none: continue
      }
    }
    try reader.finish()
  }
}

extension ContentList {
  /// What the list names, in its order.
  public var references: [ChunkReference] { items.compactMap(ChunkReference.init) }
}

extension ChunkReference {
  /// What an item names; nil for holes and zeros.
  init?(_ item: ContentItem) {
    switch item {
    case .chunk(let id, _): self.init(id: id, kind: .data)
    case .list(let id, _): self.init(id: id, kind: .contentList)
    case .hole, .zeros: return nil
    }
  }
}
