import Cryptography
import Format
import Repository

/// Makes chunks, and files of them in directories, as long as the backup's.
struct FileWriter {
  static let chunkLength = 64
  static let chunksPerFrame = 128
  // What the backup's come to on the average.
  private static let chunksPerList = 192
  private static let listsPerFile = 64
  private static let filesPerDirectory = 100

  private(set) var chunkCount = 0
  private let writer: ChunkWriter
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkLength * chunksPerFrame, alignment: 8)
  private var items: [ContentItem] = []
  private var lists: [ContentItem] = []
  private var files: [Node] = []
  private var directories: [Node] = []

  init(writer: ChunkWriter) { self.writer = writer }

  /// Adds up to `limit` chunks, at most what a frame holds.
  mutating func addFrame(atMost limit: Int, sample: inout IDSample) throws {
    try RandomBytes.fill(buffer)
    let chunks = (0..<min(limit, Self.chunksPerFrame)).map { number in
      UnsafeRawBufferPointer(rebasing: buffer[number * Self.chunkLength..<(number + 1) * Self.chunkLength])
    }
    for outcome in try writer.store(chunks, kind: .data) {
      sample.offer(outcome.id)
      items.append(.chunk(outcome.id, length: UInt64(Self.chunkLength)))
      if items.count == Self.chunksPerList { try endList() }
    }
    chunkCount += chunks.count
  }

  /// Stores what has begun, and gives the tree of the top directory.
  mutating func finish() throws -> ChunkID {
    if !items.isEmpty { try endList() }
    if !lists.isEmpty { try endFile() }
    if !files.isEmpty { try endDirectory() }
    let tree = try store(TreeObject.leaf(TreeLeaf(nodes: directories)).encode(), kind: .tree)
    try writer.flush()
    buffer.deallocate()
    return tree
  }

  private mutating func endList() throws {
    let length = items.reduce(0) { $0 + $1.length }
    lists.append(.list(try store(ContentList(items: items).encode(), kind: .contentList), length: length))
    items.removeAll(keepingCapacity: true)
    if lists.count == Self.listsPerFile { try endFile() }
  }

  private mutating func endFile() throws {
    files.append(node(files.count, .file, size: lists.reduce(0) { $0 + $1.length }, .file(lists)))
    lists.removeAll(keepingCapacity: true)
    if files.count == Self.filesPerDirectory { try endDirectory() }
  }

  private mutating func endDirectory() throws {
    let tree = try store(TreeObject.leaf(TreeLeaf(nodes: files)).encode(), kind: .tree)
    directories.append(node(directories.count, .directory, size: 0, .directory(tree)))
    files.removeAll(keepingCapacity: true)
  }

  private func store(_ bytes: [UInt8], kind: ChunkKind) throws -> ChunkID {
    try bytes.withUnsafeBytes { try writer.store($0, kind: kind).id }
  }

  private func node(_ number: Int, _ type: FileType, size: UInt64, _ content: Node.Content) -> Node {
    // All names of the same length, so that their order is that of the numbers.
    Node(
      name: Array("\(10_000 + number)".utf8), type: type, mode: 0o755, uid: 0, gid: 0, size: size,
      mtime: Place.owner.time, ctime: Place.owner.time, inode: UInt64(chunkCount), device: 1, linkCount: 1,
      content: content)
  }
}
