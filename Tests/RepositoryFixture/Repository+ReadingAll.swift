package import Format
package import Repository

extension Repository {
  /// Every file of a snapshot by path, read from packs and never from cached trees.
  package func readAll(_ snapshot: Snapshot) throws -> [String: [UInt8]] {
    let chunks = try reading(to: "read").chunkReader()
    var files: [String: [UInt8]] = [:]
    for root in snapshot.roots { try read(root.tree, path: "", chunks, into: &files) }
    return files
  }

  private func read(
    _ tree: ChunkID, path: String, _ chunks: ChunkReader, into files: inout [String: [UInt8]]
  ) throws {
    let bytes = try chunks.withChunk(tree, kind: .tree) { Array($0) }
    switch try TreeObject.decode(bytes) {
    case .branch(let children):
      for child in children { try read(child.id, path: path, chunks, into: &files) }
    case .leaf(let leaf):
      for node in leaf.nodes {
        let nodePath = path + (path.isEmpty ? "" : "/") + String(decoding: node.name, as: UTF8.self)
        switch node.content {
        case .directory(let tree): try read(tree, path: nodePath, chunks, into: &files)
        case .file(let items): files[nodePath] = try read(items, chunks)
        case .symbolicLink, .device, .none: continue
        }
      }
    }
  }

  private func read(_ items: [ContentItem], _ chunks: ChunkReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for item in items {
      switch item {
      case .chunk(let id, _): bytes += try chunks.withChunk(id, kind: .data) { Array($0) }
      case .list(let id, _):
        let list = try ContentList.decode(try chunks.withChunk(id, kind: .contentList) { Array($0) })
        bytes += try read(list.items, chunks)
      case .hole(let length), .zeros(let length): bytes += [UInt8](repeating: 0, count: Int(length))
      }
    }
    return bytes
  }
}
