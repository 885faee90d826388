import Cryptography
import Format
import Repository

/// Gathers the items of one file's content in order, and puts long ones into lists.
struct ContentBuilder {
  /// Up to this many items stand in the node itself.
  private static let inlineLimit = 64
  private static let listLimit = 1024
  /// A list may end after an item whose id begins with a byte below this.
  private static let listCutBound: UInt8 = 2

  private(set) var items: [ContentItem] = []
  /// The bytes that the items stand for.
  private(set) var length: UInt64 = 0

  mutating func append(_ item: ContentItem) {
    length += item.length
    switch (items.last, item) {
    case (.hole(let before)?, .hole(let more)): items[items.count - 1] = .hole(length: before + more)
    case (.zeros(let before)?, .zeros(let more)): items[items.count - 1] = .zeros(length: before + more)
    default: items.append(item)
    }
  }

  /// The items for the node; lists are stored where there are too many.
  consuming func finish(storingIn writer: ChunkWriter) throws(RepositoryError) -> [ContentItem] {
    var items = items
    while items.count > Self.inlineLimit { items = try Self.list(items, writer) }
    return items
  }

  private static func list(_ items: [ContentItem], _ writer: ChunkWriter) throws(RepositoryError) -> [ContentItem] {
    var lists: [ContentItem] = []
    var start = items.startIndex
    for index in items.indices where isEnd(items[index], count: index + 1 - start) || index + 1 == items.endIndex {
      let list = ContentList(items: Array(items[start...index]))
      let id = try list.encode().withBytes { (bytes) throws(RepositoryError) in
        try writer.store(bytes, kind: .contentList).id
      }
      lists.append(.list(id, length: list.items.reduce(0) { $0 + $1.length }))
      start = index + 1
    }
    return lists
  }

  private static func isEnd(_ item: ContentItem, count: Int) -> Bool {
    guard count >= inlineLimit else { return false }
    if count >= listLimit { return true }
    switch item {
    case .chunk(let id, _), .list(let id, _): return id.digest.withUnsafeBytes { $0[0] } < listCutBound
    case .hole, .zeros: return false
    }
  }
}
