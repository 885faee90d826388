import Cryptography
import Format

/// The secrets that a writer needs: all that are derived from the master secret, none that opens a pack.
struct WriterKeys: Sendable {
  let chunkID: SecretBytes
  let chunker: SecretBytes
  let index: SecretBytes
  let snapshot: SecretBytes
  let config: SecretBytes

  static let byteCount = 32

  var all: [SecretBytes] { [chunkID, chunker, index, snapshot, config] }

  init(chunkID: SecretBytes, chunker: SecretBytes, index: SecretBytes, snapshot: SecretBytes, config: SecretBytes) {
    self.chunkID = chunkID
    self.chunker = chunker
    self.index = index
    self.snapshot = snapshot
    self.config = config
  }

  /// The same keys but for those that say what chunks are called and where they end.
  func sharing(chunkID: SecretBytes, chunker: SecretBytes) -> WriterKeys {
    WriterKeys(chunkID: chunkID, chunker: chunker, index: index, snapshot: snapshot, config: config)
  }

  init(derivedFrom master: SecretBytes, repository: RepositoryUUID) throws(CryptographyError) {
    func derive(_ label: String) throws(CryptographyError) -> SecretBytes {
      try HKDF.derive(
        from: master, salt: repository.bytes, info: Array("firn 1 \(label)".utf8), outputCount: Self.byteCount)
    }
    try self.init(
      chunkID: derive("chunk id"), chunker: derive("chunker"), index: derive("index"), snapshot: derive("snapshot"),
      config: derive("config"))
  }
}
