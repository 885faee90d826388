import Backend
import Cryptography
import Repository

extension RepositoryOptions {
  /// Lends the open repository; a cache of this run only is removed afterwards.
  ///
  /// - Parameter minimumFree: so many bytes are left free: where there are no more, no pack is begun.
  func withRepository<Result>(
    _ context: CommandContext, minimumFree: UInt64 = 0, _ body: (Repository) throws -> Result
  ) throws -> Result {
    try withRepositoryAndPassword(context, minimumFree: minimumFree) { repository, _ in try body(repository) }
  }

  /// Lends the open repository and the password that opened it: who asks for it once more asks a person twice, and a program
  /// that may give it only once.
  func withRepositoryAndPassword<Result>(
    _ context: CommandContext, minimumFree: UInt64 = 0, _ body: (Repository, SecretBytes) throws -> Result
  ) throws -> Result {
    let backend = try openBackend(context).keepingFree(minimumFree)
    let cache = try CacheDirectory(self, context)
    let password = try password(for: backend.location, context)
    let repository = try Repository.open(
      backend, password: password, cacheDirectory: cache.path, willOpenCache: CacheGuard.watch)
    return try DamagedCache.deleting(of: { [repository] }) { try body(repository, password) }
  }

  /// The password of the repository at `location`.
  func password(for location: String, _ context: CommandContext, isNew: Bool = false) throws -> SecretBytes {
    let source = try PasswordSource(
      file: passwordFile, command: passwordCommand, environment: context.environment)
    return try source.secret(for: location, isNew: isNew)
  }

  /// Opens the place that the options name.
  func openBackend(_ context: CommandContext) throws -> any Backend {
    try openBackend(at: RepositoryLocation(repo, environment: context.environment), context, volume.demands)
  }

  /// Opens a place, with the limits and the patience that the options tell.
  func openBackend(
    at location: RepositoryLocation, _ context: CommandContext, _ demands: VolumeDemands = VolumeDemands()
  ) throws -> any Backend {
    let limits = try TransferLimits(self, environment: context.environment)
    return limits.limiting(try location.open(context, try SFTPSettings(self, context), demands))
  }
}

extension PasswordSource {
  /// The password of the repository at `location`.
  func secret(for location: String, isNew: Bool = false) throws(CommandError) -> SecretBytes {
    let question = "Password for \(isNew ? "the new repository " : "")\(Terminal.escaped(location.utf8)): "
    return try password(question, isNew: isNew).withBytes { SecretBytes(copying: $0) }
  }
}
