public import Format
public import Repository

/// The chunks, holes and zero runs of a file in order, with its content lists resolved on the way.
///
/// It holds one list per level of nesting, whatever the file's length.
public struct ContentCursor {
  private struct Level {
    var items: ArraySlice<ContentItem>
  }

  private var levels: [Level]
  /// How many bytes of the file come before the next item.
  public private(set) var offset: UInt64 = 0

  /// The content that `items` describe, as a node holds them.
  public init(items: [ContentItem]) {
    levels = [Level(items: items[...])]
  }

  /// The next item, never a list; nil at the end.
  ///
  /// - Throws: `.damaged` for a list that is malformed, nested too deep, or of another length than the item that names
  ///   it says; `.missing`.
  public mutating func next(reading chunks: ChunkReader) throws(RepositoryError) -> ContentItem? {
    while !levels.isEmpty {
      guard let item = levels[levels.count - 1].items.popFirst() else {
        levels.removeLast()
        continue
      }
      guard case .list(let id, let length) = item else {
        offset += item.length
        return item
      }
      guard levels.count <= Limits.contentListDepth else {
        throw RepositoryError(.damaged, "content list \(id) is nested deeper than the format allows")
      }
      levels.append(Level(items: try Self.items(of: id, length: length, reading: chunks)[...]))
    }
    return nil
  }

  private static func items(
    of id: ChunkID, length: UInt64, reading chunks: ChunkReader
  ) throws(RepositoryError) -> [ContentItem] {
    let list = try chunks.contentList(id)
    guard list.length == length else {
      throw RepositoryError(.damaged, "content list \(id) is not as long as what names it says")
    }
    return list.items
  }
}
