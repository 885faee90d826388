import Backend
import Cryptography
import FileSystem
import Format
import Repository
import Snapshots

/// An entry of a tree that a test stores.
struct TestNode {
  enum Kind {
    /// A file of chunks, holes and zero runs.
    case file([Piece])
    case directory([TestNode])
    case other(Format.FileType, Node.Content)
  }

  enum Piece {
    case data([UInt8])
    case hole(UInt64)
    case zeros(UInt64)
    /// Pieces in a content list of their own.
    case list([Piece])
  }

  var name: [UInt8]
  var kind: Kind
  var mode: UInt16 = 0o644
  var uid: UInt32 = 0
  var gid: UInt32 = 0
  var mtime = Format.Timestamp(seconds: 1_600_000_000, nanoseconds: 123_456_789)
  var inode: UInt64 = 0
  var linkCount: UInt64 = 1
  var attributes: [Format.ExtendedAttribute] = []

  static func file(_ name: String, _ content: String) -> TestNode {
    TestNode(name: Array(name.utf8), kind: .file(content.isEmpty ? [] : [.data(Array(content.utf8))]))
  }

  static func file(_ name: String, pieces: [Piece]) -> TestNode {
    TestNode(name: Array(name.utf8), kind: .file(pieces))
  }

  static func directory(_ name: String, _ entries: [TestNode]) -> TestNode {
    TestNode(name: Array(name.utf8), kind: .directory(entries), mode: 0o755)
  }

  static func link(_ name: String, to target: String) -> TestNode {
    TestNode(name: Array(name.utf8), kind: .other(.symbolicLink, .symbolicLink(Array(target.utf8))), mode: 0o777)
  }

  func with(_ change: (inout TestNode) -> Void) -> TestNode {
    var copy = self
    change(&copy)
    return copy
  }
}

/// A repository in memory with trees that a test stored in it.
final class TestRepository {
  let backend = InMemoryBackend()
  let repository: Repository
  private let cache = TemporaryDirectory()
  var owners: (users: [OwnerName], groups: [OwnerName]) = ([], [])

  init() throws {
    let password = Array("password".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
    let now = Format.Timestamp(seconds: 1_700_000_000)
    _ = try Repository.create(
      on: backend, password: password, slot: KeySlotLabel(label: "", host: "test", user: "test"), cost: .least, now: now
    )
    repository = try Repository.open(backend, password: password, cacheDirectory: cache.path)
  }

  /// Stores a tree and returns the id of its directory `/`.
  func store(_ entries: [TestNode]) throws -> ChunkID {
    let session = try repository.beginWriting(
      by: SessionOwner(
        time: Format.Timestamp(seconds: 1_700_000_000), host: "test", user: "test", process: 1, program: "test"))
    let writer = try session.chunkWriter()
    let root = try store(entries, with: writer)
    try writer.flush()
    try session.finish()
    try repository.abandon(session)
    return root
  }

  func reading() throws -> RepositoryReading { try repository.reading(to: "test") }

  private func store(_ entries: [TestNode], with writer: ChunkWriter) throws -> ChunkID {
    var nodes: [Node] = []
    for entry in entries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      nodes.append(try node(entry, with: writer))
    }
    let leaf = TreeObject.leaf(TreeLeaf(users: owners.users, groups: owners.groups, nodes: nodes)).encode()
    return try store(leaf, .tree, with: writer)
  }

  private func node(_ entry: TestNode, with writer: ChunkWriter) throws -> Node {
    var size: UInt64 = 0
    let type: Format.FileType
    let content: Node.Content
    switch entry.kind {
    case .file(let pieces):
      let items = try items(pieces, with: writer)
      size = items.reduce(0) { $0 + $1.length }
      (type, content) = (.file, .file(items))
    case .directory(let entries):
      (type, content) = (.directory, .directory(try store(entries, with: writer)))
    case .other(let other, let what): (type, content) = (other, what)
    }
    return Node(
      name: entry.name, type: type, mode: entry.mode, uid: entry.uid, gid: entry.gid, size: size, mtime: entry.mtime,
      ctime: entry.mtime, inode: entry.inode, device: 1, linkCount: entry.linkCount,
      extendedAttributes: entry.attributes, content: content)
  }

  private func items(_ pieces: [TestNode.Piece], with writer: ChunkWriter) throws -> [ContentItem] {
    var items: [ContentItem] = []
    for piece in pieces {
      switch piece {
      case .data(let bytes):
        items.append(.chunk(try store(bytes, .data, with: writer), length: UInt64(bytes.count)))
      case .hole(let length): items.append(.hole(length: length))
      case .zeros(let length): items.append(.zeros(length: length))
      case .list(let inner):
        let list = ContentList(items: try self.items(inner, with: writer))
        items.append(.list(try store(list.encode(), .contentList, with: writer), length: list.length ?? 0))
      }
    }
    return items
  }

  private func store(_ bytes: [UInt8], _ kind: ChunkKind, with writer: ChunkWriter) throws -> ChunkID {
    try bytes.withUnsafeBytes { try writer.store($0, kind: kind) }.id
  }
}

/// A generator that tests name the seed of.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
