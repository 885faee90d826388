import Cryptography
import Format

/// What a key slot holds once it is open.
enum Secrets: Sendable {
  /// - Parameter sharesChunkKeys: those of the keys that make chunk ids and cuts don't follow from the master secret.
  case full(master: SecretBytes, privateKey: X25519.PrivateKey, keys: WriterKeys, sharesChunkKeys: Bool)
  case write(WriterKeys)

  var role: KeyRole {
    switch self {
    case .full: .full
    case .write: .write
    }
  }

  var writerKeys: WriterKeys {
    switch self {
    case .full(_, _, let keys, _), .write(let keys): keys
    }
  }

  /// The key that opens packs, which only a full slot has.
  var privateKey: X25519.PrivateKey? {
    switch self {
    case .full(_, let key, _, _): key
    case .write: nil
    }
  }

  /// Fresh secrets for a new repository.
  ///
  /// - Parameter other: keys of another repository whose chunk ids and cuts the new one is to share.
  static func generate(
    for repository: RepositoryUUID, sharingChunkKeysOf other: WriterKeys? = nil
  ) throws(CryptographyError) -> Secrets {
    let master = try SecretBytes(random: WriterKeys.byteCount)
    let derived = try WriterKeys(derivedFrom: master, repository: repository)
    return .full(
      master: master, privateKey: try X25519.PrivateKey(),
      keys: other.map { derived.sharing(chunkID: $0.chunkID, chunker: $0.chunker) } ?? derived,
      sharesChunkKeys: other != nil)
  }
}

extension Secrets {
  /// The plaintext of a slot of `role`; a writer can't make a full slot.
  func encoded(as role: KeyRole) -> SecretBytes? {
    switch (role, self) {
    case (.full, .full(let master, let privateKey, let keys, let sharesChunkKeys)):
      Self.join(.full, [master, privateKey.secret] + (sharesChunkKeys ? [keys.chunkID, keys.chunker] : []))
    case (.full, .write): nil
    case (.write, _): Self.join(.write, writerKeys.all)
    }
  }

  /// Reads a slot's plaintext; nil if it is not what its role should hold.
  static func decode(_ plaintext: SecretBytes, repository: RepositoryUUID) throws(CryptographyError) -> Secrets? {
    let parts = plaintext.withUnsafeBytes { bytes -> (KeyRole, [SecretBytes])? in
      guard let first = bytes.first, let role = KeyRole.allCases.first(where: { $0.slotByte == first }) else {
        return nil
      }
      let secrets = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
      let (count, rest) = secrets.count.quotientAndRemainder(dividingBy: WriterKeys.byteCount)
      guard rest == 0, role.secretCounts.contains(count) else { return nil }
      let parts = (0..<count).map { index in
        let range = index * WriterKeys.byteCount..<(index + 1) * WriterKeys.byteCount
        return SecretBytes(copying: UnsafeRawBufferPointer(rebasing: secrets[range]))
      }
      return (role, parts)
    }
    switch parts {
    case (.full, let secrets)?:
      let derived = try WriterKeys(derivedFrom: secrets[0], repository: repository)
      let sharesChunkKeys = secrets.count > 2
      return .full(
        master: secrets[0], privateKey: try X25519.PrivateKey(secrets[1]),
        keys: sharesChunkKeys ? derived.sharing(chunkID: secrets[2], chunker: secrets[3]) : derived,
        sharesChunkKeys: sharesChunkKeys)
    case (.write, let secrets)?:
      return .write(
        WriterKeys(
          chunkID: secrets[0], chunker: secrets[1], index: secrets[2], snapshot: secrets[3], config: secrets[4]))
    case nil:
      return nil
    }
  }

  private static func join(_ role: KeyRole, _ secrets: [SecretBytes]) -> SecretBytes {
    SecretBytes(count: 1 + secrets.count * WriterKeys.byteCount) { buffer in
      buffer[0] = role.slotByte
      for (index, secret) in secrets.enumerated() {
        secret.withUnsafeBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + index * WriterKeys.byteCount)...]).copyMemory(from: bytes)
        }
      }
    }
  }
}

extension KeyRole {
  /// The first byte of a slot's secrets.
  fileprivate var slotByte: UInt8 {
    switch self {
    case .full: 1
    case .write: 2
    }
  }

  /// How many secrets of 32 bytes a slot of this role can hold: a full one two more where chunk keys are shared.
  fileprivate var secretCounts: [Int] {
    switch self {
    case .full: [2, 4]
    case .write: [5]
    }
  }
}
