import Format

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
