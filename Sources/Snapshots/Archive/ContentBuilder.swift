import Cryptography
import Format
import Repository

/// Gathers the items of one file's content in order, and puts long ones into lists as they come: whatever the file's
/// length, it holds no more than an unfinished list for each level.
struct ContentBuilder: Sendable {
  /// Up to this many items stand in the node itself.
  private static let inlineLimit = 64
  private static let listLimit = 1024
  /// A list may end after an item whose id begins with a byte below this.
  private static let listCutBound: UInt8 = 2

  /// What is in no list yet: of the content itself, of the lists that stand for it, and so on. None but the last is
  /// empty, for a list ends only when something comes after it.
  private var levels: [[ContentItem]] = [[]]
  /// The bytes that the items stand for.
  private(set) var length: UInt64 = 0

  /// Adds an item; lists that it makes complete are stored.
  mutating func append(_ item: ContentItem, storingIn writer: ChunkWriter) throws(RepositoryError) {
    length += item.length
    let last = levels[0].count - 1
    switch (levels[0].last, item) {
    case (.hole(let before)?, .hole(let more)): levels[0][last] = .hole(length: before + more)
    case (.zeros(let before)?, .zeros(let more)): levels[0][last] = .zeros(length: before + more)
    default: try append(item, at: 0, writer)
    }
  }

  /// The items for the node; lists are stored where there are too many.
  consuming func finish(storingIn writer: ChunkWriter) throws(RepositoryError) -> [ContentItem] {
    var level = 0
    while level + 1 < levels.count || levels[level].count > Self.inlineLimit {
      try endList(at: level, writer)
      level += 1
    }
    return levels[level]
  }

  private mutating func append(
    _ item: ContentItem, at level: Int, _ writer: ChunkWriter
  ) throws(RepositoryError) {
    // Only now: what ends here may be all there is, and stands in the node then.
    if isEnded(levels[level]) { try endList(at: level, writer) }
    levels[level].append(item)
  }

  private mutating func endList(at level: Int, _ writer: ChunkWriter) throws(RepositoryError) {
    let list = ContentList(items: levels[level])
    let id = try list.encode().withBytes { (bytes) throws(RepositoryError) in
      try writer.store(bytes, kind: .contentList).id
    }
    levels[level].removeAll(keepingCapacity: true)
    if level + 1 == levels.count { levels.append([]) }
    try append(.list(id, length: list.items.reduce(0) { $0 + $1.length }), at: level + 1, writer)
  }

  private func isEnded(_ items: [ContentItem]) -> Bool {
    guard let last = items.last, items.count >= Self.inlineLimit else { return false }
    if items.count >= Self.listLimit { return true }
    switch last {
    case .chunk(let id, _), .list(let id, _): return id.digest.withUnsafeBytes { $0[0] } < Self.listCutBound
    case .hole, .zeros: return false
    }
  }
}
