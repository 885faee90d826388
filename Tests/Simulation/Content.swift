import Format
import Repository
import TestSupport

/// What a snapshot holds: three directories of files, each file one of a few blocks, so that snapshots share most of what
/// they store.
struct Content: Hashable, Sendable {
  /// The blocks in each directory, ascending.
  var directories: [[Int]]
  /// The tree of each directory and of the root, once they are known.
  var trees: [ChunkID] = []

  /// The root's tree, once the content is stored.
  var root: ChunkID { trees[directories.count] }

  private static let blocks: [[UInt8]] = (0..<12).map { index in
    var random = SeededGenerator(seed: UInt64(index) + 1)
    return random.bytes(200 + 70 * index)
  }

  /// A content of its own.
  static func random(_ random: inout SeededGenerator) -> Content {
    Content(directories: (0..<3).map { _ in directory(&random) })
  }

  /// The content after one directory has changed.
  func changed(_ random: inout SeededGenerator) -> Content {
    var content = Content(directories: directories)
    content.directories[random.below(directories.count)] = Self.directory(&random)
    return content
  }

  private static func directory(_ random: inout SeededGenerator) -> [Int] {
    blocks.indices.filter { _ in random.chance(0.3) }
  }

  /// Path → bytes.
  var files: [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (directory, blocks) in directories.enumerated() {
      for block in blocks { files["\(directory)/\(block)"] = Self.blocks[block] }
    }
    return files
  }

  /// Stores the content, and takes note of the trees.
  ///
  /// - Parameters:
  ///   - parent: a content of which everything is known to be stored; its trees are referred to without a look.
  ///   - pause: called between files.
  mutating func store(with writer: ChunkWriter, parent: Content?, pause: () -> Void) throws {
    trees = []
    var nodes: [Node] = []
    for (number, blocks) in directories.enumerated() {
      let tree: ChunkID
      if let parent, parent.directories[number] == blocks {
        tree = parent.trees[number]
      } else {
        var files: [Node] = []
        for block in blocks {
          pause()
          let bytes = Self.blocks[block]
          let id = try bytes.withUnsafeBytes { try writer.store($0, kind: .data).id }
          files.append(
            Self.node("\(block)", .file, size: bytes.count, .file([.chunk(id, length: UInt64(bytes.count))])))
        }
        tree = try Self.store(files, writer)
      }
      trees.append(tree)
      nodes.append(Self.node("\(number)", .directory, size: 0, .directory(tree)))
    }
    if let parent, parent.directories == directories {
      trees.append(parent.root)
    } else {
      trees.append(try Self.store(nodes, writer))
    }
  }

  private static func store(_ nodes: [Node], _ writer: ChunkWriter) throws -> ChunkID {
    let nodes = nodes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    let bytes = TreeObject.leaf(TreeLeaf(nodes: nodes)).encode()
    return try bytes.withUnsafeBytes { try writer.store($0, kind: .tree).id }
  }

  private static func node(_ name: String, _ type: FileType, size: Int, _ content: Node.Content) -> Node {
    let time = Timestamp(seconds: 1)
    return Node(
      name: Array(name.utf8), type: type, mode: 0o644, uid: 0, gid: 0, size: UInt64(size), mtime: time, ctime: time,
      inode: 1, device: 1, linkCount: 1, content: content)
  }
}
