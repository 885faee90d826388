/// The name that a numeric owner or group had.
public struct OwnerName: Hashable, Sendable {
  /// The uid or gid.
  public var id: UInt32
  /// The name's bytes.
  public var name: [UInt8]

  /// Makes an entry of an owner table.
  public init(id: UInt32, name: [UInt8]) {
    self.id = id
    self.name = name
  }
}

/// Entries of a directory: all of them, or a part between two names.
public struct TreeLeaf: Hashable, Sendable {
  /// Names of the users that own nodes, by strictly ascending uid.
  public var users: [OwnerName]
  /// Names of the groups of nodes, by strictly ascending gid.
  public var groups: [OwnerName]
  /// The nodes, by strictly ascending name bytes.
  public var nodes: [Node]

  /// Makes a leaf.
  public init(users: [OwnerName] = [], groups: [OwnerName] = [], nodes: [Node] = []) {
    self.users = users
    self.groups = groups
    self.nodes = nodes
  }
}

/// A part of a large directory.
public struct TreeChild: Hashable, Sendable {
  /// The first name below the child.
  public var firstName: [UInt8]
  /// The child's tree object.
  public var id: ChunkID

  /// Makes a child.
  public init(firstName: [UInt8], id: ChunkID) {
    self.firstName = firstName
    self.id = id
  }
}

/// The entries of a directory, or the parts of a large one.
public enum TreeObject: Hashable, Sendable {
  /// Entries.
  case leaf(TreeLeaf)
  /// At least one part, by strictly ascending first name.
  case branch([TreeChild])
}
