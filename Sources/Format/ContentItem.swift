/// A stretch of a file's content.
public enum ContentItem: Hashable, Sendable {
  /// `length` bytes of data in one chunk.
  case chunk(ChunkID, length: UInt64)
  /// `length` bytes that were not allocated and read as zeros.
  case hole(length: UInt64)
  /// `length` bytes that were allocated and are zero.
  case zeros(length: UInt64)
  /// `length` bytes that a content list describes.
  case list(ChunkID, length: UInt64)

  /// How many bytes of the file it covers.
  public var length: UInt64 {
    switch self {
    case .chunk(_, let length), .hole(let length), .zeros(let length), .list(_, let length): length
    }
  }
}

/// A part of a long content: the chunk that an item `.list` names.
public struct ContentList: Hashable, Sendable {
  /// The items, at least one.
  public var items: [ContentItem]

  /// Makes a list of at least one item.
  public init(items: [ContentItem]) {
    self.items = items
  }
}
