import Cryptography
import Format

/// The key of one pack, with the header that says how a full key finds it again.
struct PackKey: Sendable {
  let key: SecretBytes
  let header: PackHeader

  /// Makes the key of a new pack from a random secret. Whoever made it can't make it again: the ephemeral private key is forgotten here.
  static func generate(
    kind: PackKind, repository: RepositoryUUID, publicKey: X25519.PublicKey, secret: SecretBytes
  ) throws(CryptographyError) -> PackKey {
    let ephemeral = try X25519.PrivateKey(secret)
    let (key, commitment) = try derive(
      shared: ephemeral.sharedSecret(with: publicKey), ephemeral: ephemeral.publicKey, repositoryKey: publicKey,
      repository: repository)
    let header = PackHeader(
      kind: kind, repository: repository, ephemeralKey: ephemeral.publicKey.digest,
      commitment: commitment.withUnsafeBytes { Digest256($0) })
    return PackKey(key: key, header: header)
  }

  /// Finds the key of a stored pack.
  ///
  /// - Throws: `.authenticationFailed` if the header's commitment is not that of the key.
  static func open(
    _ header: PackHeader, privateKey: X25519.PrivateKey
  ) throws(CryptographyError) -> PackKey {
    let ephemeral = header.ephemeralKey.withUnsafeBytes { X25519.PublicKey($0) }
    let (key, commitment) = try derive(
      shared: privateKey.sharedSecret(with: ephemeral), ephemeral: ephemeral, repositoryKey: privateKey.publicKey,
      repository: header.repository)
    guard commitment.withUnsafeBytes({ Digest256($0) }).isEqualInConstantTime(to: header.commitment) else {
      throw CryptographyError(.authenticationFailed, "the pack's key commitment does not match")
    }
    return PackKey(key: key, header: header)
  }

  private static func derive(
    shared: SecretBytes, ephemeral: X25519.PublicKey, repositoryKey: X25519.PublicKey, repository: RepositoryUUID
  ) throws(CryptographyError) -> (SecretBytes, SecretBytes) {
    try HKDF.derive(
      from: shared,
      salt: ephemeral.withUnsafeBytes { Array($0) } + repositoryKey.withUnsafeBytes { Array($0) },
      info: Array("firn 1 pack".utf8) + repository.bytes, outputCount: 64
    ).halves
  }
}

extension X25519.PublicKey {
  /// The key as the 32 bytes that records hold.
  var digest: Digest256 { withUnsafeBytes { Digest256($0) } }
}
