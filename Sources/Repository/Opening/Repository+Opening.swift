public import Backend
public import Cryptography
import Format

extension Repository {
  /// Opens a repository with a password.
  ///
  /// - Parameters:
  ///   - cacheDirectory: a directory for caches of this user; each repository, and each copy of one elsewhere, has its own below
  ///     it.
  ///   - willOpenCache: is told the directory of that one before it is opened. What is damaged in it can end the process.
  /// - Throws: `.wrongPassword` if no slot opens; `.damaged`, `.unsupported`, `.backend`, `.cache`.
  public static func open(
    _ backend: any Backend, password: SecretBytes, cacheDirectory: String,
    willOpenCache: (String) -> Void = { _ in }
  ) throws(RepositoryError) -> Repository {
    let config = try RepositoryError.wrapping("config") { () throws(BackendError) in
      try backend.getWhole(.config, limit: Limits.configurationLength)
    }
    let decoded = try RepositoryError.wrapping("config") { () throws(FormatError) in
      try RepositoryConfiguration.decode(config)
    }
    let (slot, secrets) = try unlock(backend, password: password, repository: decoded.configuration.repository)
    try RepositoryContext.authenticate(config, decoded.authenticated, mac: decoded.mac, secrets: secrets)
    if let privateKey = secrets.privateKey, privateKey.publicKey.digest != decoded.configuration.publicKey {
      throw RepositoryError(.damaged, "the key slot's private key does not belong to the public key in config")
    }
    if case .full(_, _, _, let sharesChunkKeys) = secrets, sharesChunkKeys != decoded.configuration.sharesChunkKeys {
      throw RepositoryError(.damaged, "the key slot holds other secrets than config says")
    }
    let context = RepositoryContext(
      backend: backend, configuration: decoded.configuration, secrets: secrets, slot: slot)
    let path = Cache.path(
      in: cacheDirectory, repository: decoded.configuration.repository, location: backend.location)
    willOpenCache(path)
    return Repository(context: context, cache: try Cache.open(path))
  }

  private static func unlock(
    _ backend: any Backend, password: SecretBytes, repository: RepositoryUUID
  ) throws(RepositoryError) -> (KeySlotID?, Secrets) {
    let slots = try RepositoryError.wrapping("the key slots") { () throws(BackendError) in try backend.list(.keys) }
    guard !slots.objects.isEmpty else {
      throw RepositoryError(.missing, "\(backend.location) has no key slots; without one nothing can be read")
    }
    // A damaged slot must not lock out those whose slots are good; it is told when no other opens.
    var damage: RepositoryError?
    for slot in slots.objects {
      do throws(RepositoryError) {
        let bytes = try RepositoryError.wrapping("key slot \(slot.name.name)") { () throws(BackendError) in
          try backend.getWhole(slot.name, limit: Limits.keySlotLength)
        }
        let secrets = try KeySlot.open(bytes, name: slot.name.name, password: password, repository: repository)
        if let secrets { return (KeySlotID(hex: slot.name.name), secrets) }
      } catch {
        damage = error
      }
    }
    if let damage { throw damage }
    throw RepositoryError(
      .wrongPassword, "the password opens no key slot of \(backend.location)")
  }
}

extension RepositoryContext {
  /// The repository's configuration, read and authenticated with secrets that are open.
  static func configuration(
    of backend: any Backend, secrets: Secrets
  ) throws(RepositoryError) -> RepositoryConfiguration {
    let config = try RepositoryError.wrapping("config") { () throws(BackendError) in
      try backend.getWhole(.config, limit: Limits.configurationLength)
    }
    let decoded = try RepositoryError.wrapping("config") { () throws(FormatError) in
      try RepositoryConfiguration.decode(config)
    }
    try authenticate(config, decoded.authenticated, mac: decoded.mac, secrets: secrets)
    return decoded.configuration
  }

  fileprivate static func authenticate(
    _ config: [UInt8], _ authenticated: Range<Int>, mac expected: Digest256, secrets: Secrets
  ) throws(RepositoryError) {
    var mac = HMACSHA256(key: secrets.writerKeys.config)
    let tag = config.withUnsafeBytes { mac.authenticate(UnsafeRawBufferPointer(rebasing: $0[authenticated])) }
    guard tag.isEqualInConstantTime(to: expected) else {
      throw RepositoryError(.damaged, "config failed authentication: it was altered, or belongs to another repository")
    }
  }
}
