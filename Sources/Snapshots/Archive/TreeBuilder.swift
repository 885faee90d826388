import FileSystem
import Format
import Repository

/// Encodes a directory's nodes, given by ascending name, into one tree object or several under branches.
struct TreeBuilder {
  private static let splitThreshold = 256 << 10
  private static let leafMinimum = 32 << 10
  private static let leafMaximum = 1 << 20
  private static let cutModulus: UInt32 = 512

  private let owners: any OwnerNaming
  private let writer: ChunkWriter
  private let repository: Repository
  private let isSplit: Bool
  private var leaf = TreeLeafWriter()
  private var firstName: [UInt8] = []
  private var users: Set<UInt32> = []
  private var groups: Set<UInt32> = []
  private var children: [TreeChild] = []

  /// - Parameter totalBytes: the length of all nodes, which decides whether the directory is split.
  init(totalBytes: Int, owners: any OwnerNaming, writer: ChunkWriter, repository: Repository) {
    self.owners = owners
    self.writer = writer
    self.repository = repository
    isSplit = totalBytes > Self.splitThreshold
  }

  mutating func append(_ node: EncodedNode, bytes: UnsafeRawBufferPointer) throws(RepositoryError) {
    if leaf.isEmpty { firstName = Array(bytes[node.name]) }
    leaf.append(encoded: bytes)
    users.insert(node.uid)
    groups.insert(node.gid)
    guard isSplit else { return }
    if leaf.nodeBytes >= Self.leafMaximum
      || leaf.nodeBytes >= Self.leafMinimum && isCut(UnsafeRawBufferPointer(rebasing: bytes[node.name]))
    {
      try endLeaf()
    }
  }

  /// The id of the directory's tree object.
  mutating func finish() throws(RepositoryError) -> ChunkID {
    if !leaf.isEmpty || children.isEmpty { try endLeaf() }
    while children.count > 1 { children = try branches(over: children) }
    return children[0].id
  }

  private func isCut(_ name: UnsafeRawBufferPointer) -> Bool {
    writer.splitHash(ofName: name).isMultiple(of: Self.cutModulus)
  }

  private mutating func endLeaf() throws(RepositoryError) {
    let object = leaf.finish(
      users: users.sorted().compactMap { id in owners.user(id).map { OwnerName(id: id, name: $0) } },
      groups: groups.sorted().compactMap { id in owners.group(id).map { OwnerName(id: id, name: $0) } })
    children.append(TreeChild(firstName: firstName, id: try store(object)))
    users.removeAll(keepingCapacity: true)
    groups.removeAll(keepingCapacity: true)
  }

  private func branches(over children: [TreeChild]) throws(RepositoryError) -> [TreeChild] {
    var branches: [TreeChild] = []
    var start = children.startIndex
    var bytes = 0
    for index in children.indices {
      bytes += children[index].firstName.count + 34
      let mayEnd = bytes >= Self.leafMinimum && children[index].firstName.withUnsafeBytes { isCut($0) }
      guard mayEnd || bytes >= Self.leafMaximum || index + 1 == children.endIndex else { continue }
      let object = TreeObject.branch(Array(children[start...index])).encode()
      branches.append(TreeChild(firstName: children[start].firstName, id: try store(object)))
      start = index + 1
      bytes = 0
    }
    return branches
  }

  private func store(_ object: [UInt8]) throws(RepositoryError) -> ChunkID {
    let id = try object.withBytes { (bytes) throws(RepositoryError) in
      try writer.store(bytes, kind: .tree).id
    }
    try repository.rememberTree(id, object)
    return id
  }
}

/// What the tree builder needs to know of a node besides its bytes.
struct EncodedNode: Sendable {
  /// Where the name lies in the node's bytes.
  let name: Range<Int>
  let uid: UInt32
  let gid: UInt32
}

extension EncodedNode {
  /// What there is to know of the bytes that this node is encoded as.
  init(_ node: Node) {
    // The length of the name comes first, in one byte up to 127.
    let start = node.name.count < 0x80 ? 1 : 2
    self.init(name: start..<start + node.name.count, uid: node.uid, gid: node.gid)
  }
}

/// Where the tree builder gets the names of owners from.
protocol OwnerNaming {
  /// The name of a user, if it has one.
  func user(_ id: UInt32) -> [UInt8]?

  /// The name of a group, if it has one.
  func group(_ id: UInt32) -> [UInt8]?
}

extension AccountNames: OwnerNaming {
  func user(_ id: UInt32) -> [UInt8]? { userName(id).map { Array($0.utf8) } }

  func group(_ id: UInt32) -> [UInt8]? { groupName(id).map { Array($0.utf8) } }
}
