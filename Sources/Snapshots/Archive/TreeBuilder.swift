import FileSystem
import Format
import Repository

/// Encodes a directory's nodes, given by ascending name, into one tree object or several under branches.
struct TreeBuilder {
  private static let splitThreshold = 256 << 10
  private static let leafMinimum = 32 << 10
  private static let leafMaximum = 1 << 20
  private static let cutModulus: UInt32 = 512

  private let accounts: AccountNames
  private let writer: ChunkWriter
  private let repository: Repository
  private let isSplit: Bool
  private var leaf = TreeLeafWriter()
  private var firstName: [UInt8] = []
  private var users: Set<UInt32> = []
  private var groups: Set<UInt32> = []
  private var children: [TreeChild] = []

  /// - Parameter totalBytes: the length of all nodes, which decides whether the directory is split.
  init(totalBytes: Int, accounts: AccountNames, writer: ChunkWriter, repository: Repository) {
    self.accounts = accounts
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
      users: users.sorted().compactMap { id in
        accounts.userName(id).map { OwnerName(id: id, name: Array($0.utf8)) }
      },
      groups: groups.sorted().compactMap { id in
        accounts.groupName(id).map { OwnerName(id: id, name: Array($0.utf8)) }
      })
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
