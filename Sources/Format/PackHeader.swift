public import Cryptography

/// The 96 bytes at the beginning of a pack.
public struct PackHeader: Hashable, Sendable {
  /// The length of an encoded header.
  public static let length = 96

  /// What the pack holds.
  public var kind: PackKind
  /// The repository it belongs to.
  public var repository: RepositoryUUID
  /// The public half of the X25519 key pair that was made for this pack.
  public var ephemeralKey: Digest256
  /// What binds the pack to its key.
  public var commitment: Digest256

  /// Makes a header.
  public init(kind: PackKind, repository: RepositoryUUID, ephemeralKey: Digest256, commitment: Digest256) {
    self.kind = kind
    self.repository = repository
    self.ephemeralKey = ephemeralKey
    self.commitment = commitment
  }
}
