import Synchronization

/// What long work said last of how far it is.
final class LatestProgress<Progress: Sendable>: Sendable {
  private let last = Mutex<Progress?>(nil)

  func note(_ progress: Progress) { last.withLock { $0 = progress } }

  /// Nil before the work said anything.
  var value: Progress? { last.withLock { $0 } }
}
