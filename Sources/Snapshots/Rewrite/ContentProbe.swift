import Format
import Repository

/// Looks whether what entries lead to can be had from the repository, whatever this client's cache knows. For one thread.
struct ContentProbe {
  private let trees: TreeReader
  private let chunks: ChunkReader

  init(_ reading: RepositoryReading) throws(RepositoryError) {
    trees = try reading.uncachedTreeReader()
    chunks = try reading.chunkReader()
  }

  /// Whether a directory's list of entries can be read, or all of a file's content is stored. What is below a directory is
  /// not looked at, nor is data read.
  func canRead(_ node: Node) throws(RepositoryError) -> Bool {
    switch node.content {
    case .directory(let tree): try canRead(directory: tree)
    case .file(let items): try canRead(items, depth: 0)
    case .symbolicLink, .device, .none: true
    }
  }

  /// Whether a directory's list of entries can be read.
  func canRead(directory tree: ChunkID) throws(RepositoryError) -> Bool {
    try isThere { () throws(RepositoryError) in
      var leaves = trees.leaves(of: tree)
      while try leaves.next() != nil {}
      return true
    }
  }

  private func canRead(_ items: [ContentItem], depth: Int) throws(RepositoryError) -> Bool {
    for item in items {
      let isThere = try isThere { () throws(RepositoryError) in
        switch item {
        case .chunk(let id, let length):
          return UInt64(try chunks.place(of: id, kind: .data).length) == length
        case .list(let id, let length):
          guard depth < Limits.contentListDepth else { return false }
          let list = try chunks.contentList(id)
          return list.length == length ? try canRead(list.items, depth: depth + 1) : false
        case .hole, .zeros: return true
        }
      }
      guard isThere else { return false }
    }
    return true
  }

  /// False if `body` finds something missing or damaged.
  private func isThere(_ body: () throws(RepositoryError) -> Bool) throws(RepositoryError) -> Bool {
    do throws(RepositoryError) {
      return try body()
    } catch let error where error.code == .missing || error.code == .damaged {
      return false
    }
  }
}
