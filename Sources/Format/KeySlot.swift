public import Cryptography

/// The header of a password-protected copy of the secrets of one role.
public struct KeySlot: Hashable, Sendable {
  /// What the secrets allow.
  public var role: KeyRole
  /// The repository they belong to.
  public var repository: RepositoryUUID
  /// When the slot was made; whole seconds are stored.
  public var created: Timestamp
  /// A free text to tell slots apart.
  public var label: String
  /// The host where the slot was made.
  public var host: String
  /// The user who made the slot.
  public var user: String
  /// How much work a guess at the password takes.
  public var cost: Argon2id.Cost
  /// The password hash's salt.
  public var salt: Digest256

  /// Makes a header; the cost must be within `Limits`.
  public init(
    role: KeyRole, repository: RepositoryUUID, created: Timestamp, label: String, host: String, user: String,
    cost: Argon2id.Cost, salt: Digest256
  ) {
    self.role = role
    self.repository = repository
    self.created = created
    self.label = label
    self.host = host
    self.user = user
    self.cost = cost
    self.salt = salt
  }
}
