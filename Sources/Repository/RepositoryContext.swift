import Backend
import Chunking
import Cryptography
import Format

/// What everything that works on an open repository shares.
struct RepositoryContext: Sendable {
  let backend: any Backend
  let configuration: RepositoryConfiguration
  let secrets: Secrets
  var execution = Execution()
  /// The key slot that the password opened; nil if there was none to open.
  var slot: KeySlotID?

  var publicKey: X25519.PublicKey { configuration.publicKey.withUnsafeBytes { X25519.PublicKey($0) } }

  var sealer: RecordSealer {
    RecordSealer(
      repository: configuration.repository, indexKey: secrets.writerKeys.index,
      snapshotKey: secrets.writerKeys.snapshot,
      makeSalt: execution.recordSalt)
  }

  /// The private key, or `.forbidden` for a write key.
  func privateKey(to task: String) throws(RepositoryError) -> X25519.PrivateKey {
    guard let key = secrets.privateKey else {
      throw RepositoryError(
        .forbidden, "this key has the role \"write\" and can't \(task); use a password whose key has the role \"full\"")
    }
    return key
  }
}
