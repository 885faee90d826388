import Backend
import Cryptography
import Repository

extension RepositoryOptions {
  /// Lends the open repository; a cache of this run only is removed afterwards.
  func withRepository<Result>(
    _ context: CommandContext, _ body: (Repository) throws -> Result
  ) throws -> Result {
    let backend = try openBackend(context.environment)
    let cache = try CacheDirectory(self, context)
    let password = try password(for: backend.location, context)
    return try body(try Repository.open(backend, password: password, cacheDirectory: cache.path))
  }

  /// The password of the repository at `location`.
  func password(for location: String, _ context: CommandContext, isNew: Bool = false) throws -> SecretBytes {
    let source = try PasswordSource(
      file: passwordFile, command: passwordCommand, environment: context.environment)
    let question = "Password for \(isNew ? "the new repository " : "")\(Terminal.escaped(location.utf8)): "
    return try source.password(question, isNew: isNew).withBytes { SecretBytes(copying: $0) }
  }

  func openBackend(_ environment: Environment) throws -> any Backend {
    let limits = try TransferLimits(self, environment: environment)
    let location = try RepositoryLocation(repo, environment: environment)
    return limits.limiting(try location.open(environment))
  }
}
