package import Format
package import Repository

/// Stores files as trees, without a file system.
package struct TreeBuilder {
  private let writer: ChunkWriter
  private static let chunkLength = 4096
  private static let listedChunkLength = 300

  package init(writer: ChunkWriter) { self.writer = writer }

  /// Stores files, by paths of two parts, and gives the root's tree. A file called `listed` gets a content list; the
  /// directory called `etc` is split into leaves of one node.
  package func store(_ files: [String: [UInt8]]) throws -> ChunkID {
    let directories = Dictionary(grouping: files.keys) { String($0.prefix { $0 != "/" }) }
    var root: [Node] = []
    for (directory, paths) in directories.sorted(by: { $0.key < $1.key }) {
      var nodes: [Node] = []
      for path in paths.sorted() {
        let name = String(path.drop { $0 != "/" }.dropFirst())
        nodes.append(try file(name, files[path] ?? []))
      }
      let tree = directory == "etc" ? try storeBranch(nodes) : try store(.leaf(TreeLeaf(nodes: nodes)))
      root.append(node(directory, .directory, content: .directory(tree)))
    }
    return try store(.leaf(TreeLeaf(nodes: root)))
  }

  private func storeBranch(_ nodes: [Node]) throws -> ChunkID {
    try store(
      .branch(
        nodes.map { node in
          TreeChild(firstName: node.name, id: try store(.leaf(TreeLeaf(nodes: [node]))))
        }))
  }

  private func file(_ name: String, _ bytes: [UInt8]) throws -> Node {
    let isListed = name == "listed"
    let length = isListed ? Self.listedChunkLength : Self.chunkLength
    var items: [ContentItem] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      let chunk = Array(bytes[start..<min(start + length, bytes.count)])
      items.append(.chunk(try store(chunk, .data), length: UInt64(chunk.count)))
    }
    if isListed {
      let list = try store(ContentList(items: items).encode(), .contentList)
      items = [.list(list, length: UInt64(bytes.count))]
    }
    return node(name, .file, size: UInt64(bytes.count), content: .file(items))
  }

  private func node(_ name: String, _ type: FileType, size: UInt64 = 0, content: Node.Content) -> Node {
    Node(
      name: Array(name.utf8), type: type, mode: 0o644, uid: 0, gid: 0, size: size, mtime: SampleRepository.time,
      ctime: SampleRepository.time, inode: 1, device: 1, linkCount: 1, content: content)
  }

  private func store(_ tree: TreeObject) throws -> ChunkID { try store(tree.encode(), .tree) }

  private func store(_ bytes: [UInt8], _ kind: ChunkKind) throws -> ChunkID {
    try bytes.withUnsafeBytes { try writer.store($0, kind: kind).id }
  }
}
