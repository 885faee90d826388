package import Cryptography
package import Format
package import Backend

/// Keys of slots that were derived before, so that trying thousands of damaged slots doesn't take a hash each.
package final class SlotKeys {
  fileprivate struct Parameters: Hashable {
    let salt: Digest256
    let cost: Argon2id.Cost
  }

  fileprivate var derived: [Parameters: (key: SecretBytes, commitment: SecretBytes)] = [:]
  fileprivate let password: SecretBytes

  package init(password: SecretBytes) { self.password = password }
}

/// What tests of damage and simulations need: other clients, and single objects, read as everything reads them, with secrets that are open already.
extension Repository {
  /// The same repository, with the same secrets and cache, on a backend with other contents.
  package func reopened(on backend: any Backend) throws(RepositoryError) -> Repository {
    let configuration = try RepositoryContext.configuration(of: backend, secrets: context.secrets)
    return Repository(
      context: RepositoryContext(backend: backend, configuration: configuration, secrets: context.secrets),
      cache: cache)
  }

  /// The same repository, with the same secrets, as another client sees it, whose cache lies below a directory.
  package func client(
    on backend: any Backend, cacheDirectory: String, execution: Execution
  ) throws(RepositoryError) -> Repository {
    var context = RepositoryContext(backend: backend, configuration: configuration, secrets: context.secrets)
    context.execution = execution
    return Repository(
      context: context,
      cache: try Cache.open(Cache.path(in: cacheDirectory, repository: uuid, location: backend.location)))
  }

  /// Another process of the same client, which shares the cache.
  package func process(on backend: any Backend, execution: Execution) -> Repository {
    var context = RepositoryContext(backend: backend, configuration: configuration, secrets: context.secrets)
    context.execution = execution
    return Repository(context: context, cache: cache)
  }

  /// Seals a record of this repository.
  package func seal(_ kind: RecordKind, name: String, body: [UInt8]) throws(RepositoryError) -> [UInt8] {
    try context.sealer.seal(kind, name: name, body: body)
  }

  /// What an object other than a pack says once it is opened; nil for a key slot that the password doesn't open.
  package func content(of name: ObjectName, slotKeys: SlotKeys) throws(RepositoryError) -> [UInt8]? {
    switch name.area {
    case .config:
      return try RepositoryContext.configuration(of: context.backend, secrets: context.secrets).encodedWithoutMAC()
    case .keys:
      let bytes = try RepositoryError.wrapping("key slot \(name.name)") { () throws(BackendError) in
        try context.backend.getWhole(name, limit: Limits.keySlotLength)
      }
      return try KeySlot.open(bytes, name: name.name, repository: uuid, deriving: slotKeys.keys)
        .flatMap { $0.encoded(as: $0.role) }?.withUnsafeBytes { Array($0) }
    case .index:
      guard let id = SegmentID(text: name.name) else { throw RepositoryError(.invalidArgument, "no segment: \(name)") }
      return try context.segment(id).encode()
    case .snapshots:
      return try context.snapshotRecord(name).body
    case .intents, .tombstones, .sweeps:
      let bytes = try RepositoryError.wrapping("\(name)") { () throws(BackendError) in
        try context.backend.getWhole(name, limit: Limits.packSetLength)
      }
      let kinds: [RecordKind] = [.intent, .tombstone, .sweep].filter { $0.area == name.area }
      return try context.sealer.open(bytes, as: kinds, name: name.name, context: "\(name)").body
    case .packs, .parity:
      throw RepositoryError(.invalidArgument, "\(name) is no record")
    }
  }
}

extension RecordKind {
  fileprivate var area: ObjectArea? {
    switch self {
    case .intent: .intents
    case .tombstone: .tombstones
    case .sweep: .sweeps
    case .indexSegment, .snapshot, .abort: nil
    }
  }
}

extension SlotKeys {
  fileprivate func keys(of slot: KeySlot) throws(CryptographyError) -> (key: SecretBytes, commitment: SecretBytes) {
    let parameters = Parameters(salt: slot.salt, cost: slot.cost)
    if let known = derived[parameters] { return known }
    let keys = try slot.wrappingKey(password: password)
    derived[parameters] = keys
    return keys
  }
}
