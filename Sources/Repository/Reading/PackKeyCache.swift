import Cryptography
import Format
import Synchronization

/// The keys of packs that were opened: finding one again costs a key agreement.
final class PackKeyCache: Sendable {
  private static let limit = 4096

  private let privateKey: X25519.PrivateKey
  private let keys = Mutex<[PackID: SecretBytes]>([:])

  init(privateKey: X25519.PrivateKey) {
    self.privateKey = privateKey
  }

  func key(of pack: PackID, header: PackHeader) throws(CryptographyError) -> SecretBytes {
    if let key = keys.withLock({ $0[pack] }) { return key }
    let key = try PackKey.open(header, privateKey: privateKey).key
    keys.withLock { keys in
      if keys.count >= Self.limit { keys.removeAll(keepingCapacity: true) }
      keys[pack] = key
    }
    return key
  }
}
