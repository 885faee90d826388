import Backend
import Compression
import Cryptography
import Format
import LMDB

extension RepositoryError {
  /// Whether what was being done when it was thrown may have taken effect, or may yet.
  var leavesOutcomeOpen: Bool { (cause as? BackendError)?.isRetryable ?? false }

  /// Whether it is the cache that is damaged, so that all that follows would fail as well.
  public var saysCacheDamaged: Bool { code == .cache && (cause as? LMDBError)?.code == .corrupted }

  /// Runs `body` and gives whatever it throws a place in this module's errors, with `context` naming the object.
  static func wrapping<Result: ~Copyable, E: Error>(
    _ context: @autoclosure () -> String, _ body: () throws(E) -> Result
  ) throws(RepositoryError) -> Result {
    do {
      return try body()
    } catch {
      throw RepositoryError(error, context: context())
    }
  }

  /// Runs `body` up to so many times as long as storage can't read something: a place that a disk has lost can't be read
  /// again either, and one that can be was not lost.
  static func rereading<Result>(
    _ attempts: Int, _ body: () throws(RepositoryError) -> Result
  ) throws(RepositoryError) -> Result {
    for _ in 1..<attempts {
      do throws(RepositoryError) {
        return try body()
      } catch let error where error.saysUnreadable {
        continue
      }
    }
    return try body()
  }

  /// Whether the machine that the repository is on can't be reached any more, so that all that follows would fail as well.
  public var saysUnreachable: Bool { (cause as? BackendError)?.code == .unreachable }

  /// Whether the storage could not read what it has.
  var saysUnreadable: Bool { (cause as? BackendError)?.code == .io }

  init(_ error: any Error, context: String) {
    switch error {
    case let error as RepositoryError: self = error
    case let error as BackendError where error.code == .notFound:
      self.init(.missing, "\(context) is missing", cause: error)
    case let error as BackendError where error.code == .truncated || error.code == .tooLarge:
      self.init(.damaged, "\(context) is damaged", cause: error)
    case let error as BackendError: self.init(.backend, "\(context) could not be accessed", cause: error)
    case let error as FormatError where error.code == .unsupported: self.init(.unsupported, context, cause: error)
    case let error as FormatError: self.init(.damaged, context, cause: error)
    case let error as CryptographyError where error.code == .authenticationFailed || error.code == .invalidKey:
      self.init(.damaged, "\(context) failed authentication", cause: error)
    case let error as CryptographyError: self.init(.cryptography, context, cause: error)
    case let error as CompressionError: self.init(.damaged, context, cause: error)
    case let error as LMDBError: self.init(.cache, context, cause: error)
    default: self.init(.backend, context, cause: error)
    }
  }
}
