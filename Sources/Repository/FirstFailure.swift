import Synchronization

/// What made the work of several threads fail first.
final class FirstFailure: Sendable {
  private let first = Mutex<RepositoryError?>(nil)

  var error: RepositoryError? { first.withLock { $0 } }

  func note(_ error: RepositoryError) { first.withLock { $0 = $0 ?? error } }
}
