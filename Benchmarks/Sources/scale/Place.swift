import Backend
import Cryptography
import Format
import Repository

/// Where a repository and this client's cache of it are.
struct Place {
  let repository: String
  let cache: String

  /// The password that Benchmarks/harness gives to the command.
  static let password = Array("benchmark".utf8).withUnsafeBytes { SecretBytes(copying: $0) }
  static let owner = SessionOwner(
    time: Timestamp(seconds: 1_800_000_000, nanoseconds: 0), host: "scale", user: "", process: 1, program: "scale")

  init(_ repository: String, _ cache: String) {
    self.repository = repository
    self.cache = cache
  }

  func open() throws -> Repository {
    try Repository.open(LocalBackend.open(at: repository), password: Self.password, cacheDirectory: cache)
  }
}

/// How long `body` takes, in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .seconds(1)
}
