public import Format

/// The names that the owners of some entries had where the snapshot was taken.
public final class OwnerNames: Sendable {
  private let users: [OwnerName]
  private let groups: [OwnerName]

  /// No names.
  public static let none = OwnerNames(users: [], groups: [])

  init(users: [OwnerName], groups: [OwnerName]) {
    self.users = users
    self.groups = groups
  }

  convenience init(_ leaf: TreeLeaf) { self.init(users: leaf.users, groups: leaf.groups) }

  /// The name of a user, where the snapshot has one and it is UTF-8.
  public func user(_ id: UInt32) -> String? { Self.name(id, in: users) }

  /// The name of a group, where the snapshot has one and it is UTF-8.
  public func group(_ id: UInt32) -> String? { Self.name(id, in: groups) }

  // A leaf has few owners, mostly one.
  private static func name(_ id: UInt32, in table: [OwnerName]) -> String? {
    guard let owner = table.first(where: { $0.id == id }), !owner.name.isEmpty else { return nil }
    return String(validating: owner.name, as: UTF8.self)
  }
}

/// One entry of a snapshot's tree.
public struct TreeEntry: Sendable {
  /// The absolute path in the snapshot, `/` for the root.
  public let path: [UInt8]
  /// The entry with its metadata.
  public let node: Node
  /// The names of its owners.
  public let owners: OwnerNames

  init(path: [UInt8], node: Node, owners: OwnerNames) {
    self.path = path
    self.node = node
    self.owners = owners
  }

  /// A directory's tree object; nil for everything else.
  public var tree: ChunkID? {
    if case .directory(let tree) = node.content { tree } else { nil }
  }
}

/// Paths in snapshots: bytes, absolute, components separated by one slash.
public enum SnapshotPath {
  /// What separates components.
  public static let separator = UInt8(ascii: "/")

  /// The directory `/`.
  public static let root: [UInt8] = [separator]

  /// `name` in the directory `path`.
  public static func appending(_ name: [UInt8], to path: [UInt8]) -> [UInt8] {
    var joined: [UInt8] = []
    joined.reserveCapacity(path.count + name.count + 1)
    joined.append(contentsOf: path)
    if joined.last != separator { joined.append(separator) }
    joined.append(contentsOf: name)
    return joined
  }
}
