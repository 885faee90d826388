public import Backend
public import Cryptography
public import Format
import Chunking

extension Repository {
  /// Makes a repository on an empty backend, with one full key slot. `config` is stored last: what is cut off before is
  /// no repository.
  ///
  /// - Parameter like: a repository whose chunk ids and cuts the new one is to share, so that what is copied from one to the other
  ///   has the same names there.
  /// - Throws: `.invalidArgument` for impossible parameters; `.backend` with `.repositoryExists` underneath.
  public static func create(
    on backend: any Backend, password: SecretBytes, parameters: RepositoryParameters = RepositoryParameters(),
    like: Repository? = nil, slot: KeySlotLabel, cost: Argon2id.Cost = .standard, now: Timestamp
  ) throws(RepositoryError) -> RepositoryUUID {
    var random = SystemRandomNumberGenerator()
    let uuid = RepositoryUUID.random(using: &random)
    do throws(ChunkingError) {
      _ = try ChunkerParameters(
        minimum: Int(parameters.minimumChunkSize), average: Int(parameters.averageChunkSize),
        maximum: Int(parameters.maximumChunkSize))
    } catch {
      throw RepositoryError(.invalidArgument, "the chunk sizes are not possible", cause: error)
    }
    guard parameters.maximumChunkSize <= Limits.chunkLength, parameters.frameTarget <= Limits.chunkLength,
      parameters.packTarget <= Limits.packTarget
    else {
      throw RepositoryError(.invalidArgument, "the chunk, frame or pack size is above the format's limit")
    }
    guard parameters.parityPercentage == 0 || Limits.parityPercentage.contains(parameters.parityPercentage) else {
      throw RepositoryError(
        .invalidArgument, "\(parameters.parityPercentage) per cent of parity are not within the format's limits")
    }
    guard (parameters.filesystem?.utf8.count ?? 0) <= Limits.filesystemLength else {
      throw RepositoryError(.invalidArgument, "the file system's identity is above the format's limit")
    }
    let secrets = try RepositoryError.wrapping("new keys") { () throws(CryptographyError) in
      try Secrets.generate(for: uuid, sharingChunkKeysOf: like?.context.secrets.writerKeys)
    }
    guard let privateKey = secrets.privateKey else { preconditionFailure("fresh secrets are full") }
    let configuration = RepositoryConfiguration(
      repository: uuid, publicKey: privateKey.publicKey.digest, created: UInt64(max(0, now.seconds)),
      minimumChunkSize: parameters.minimumChunkSize, averageChunkSize: parameters.averageChunkSize,
      maximumChunkSize: parameters.maximumChunkSize, frameTarget: parameters.frameTarget,
      packTarget: parameters.packTarget,
      parityPercentage: parameters.parityPercentage, filesystem: parameters.filesystem, sharesChunkKeys: like != nil)
    let context = RepositoryContext(backend: backend, configuration: configuration, secrets: secrets)
    _ = try context.addKeySlot(.full, password: password, label: slot, cost: cost, now: now)
    // Before `config`, so that whoever finds a repository finds the reserve. A place without the room has none.
    try? backend.setReserve(Repository.reserve)
    try context.publishConfiguration()
    return uuid
  }
}

extension RepositoryContext {
  fileprivate func publishConfiguration() throws(RepositoryError) {
    let bytes = configuration.encodedWithoutMAC()
    var mac = HMACSHA256(key: secrets.writerKeys.config)
    let tag = bytes.withUnsafeBytes { mac.authenticate($0) }
    let object = bytes + tag.withUnsafeBytes { Array($0) }
    let isOurs = try RepositoryError.wrapping("config") { () throws(BackendError) -> Bool in
      // An upload that was repeated finds its own first attempt.
      if try backend.put(.config, object) == .created { return true }
      return try backend.getWhole(.config, limit: Limits.configurationLength) == object
    }
    guard isOurs else {
      throw RepositoryError(.backend, "somebody else made a repository in \(backend.location) at the same moment")
    }
  }
}
