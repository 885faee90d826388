internal import Glibc

/// A value guarded by a lock, with a condition to wait for changes of it.
///
/// For hand-over between threads; where nobody waits, `Synchronization.Mutex` is the lighter choice.
public final class Monitor<State>: @unchecked Sendable {
  // Both live at stable addresses for as long as the monitor does, as pthread asks.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  /// A monitor of `state`.
  public init(_ state: sending State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` alone with the state, then wakes everybody who waits.
  public func update<Result, E: Error>(_ body: (inout State) throws(E) -> Result) throws(E) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Runs `body` alone with the state, again after each update until it gives a value.
  public func wait<Result, E: Error>(for body: (inout State) throws(E) -> Result?) throws(E) -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    while true {
      if let result = try body(&state) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// Runs `body` alone with the state and wakes nobody: for reading.
  public func read<Result, E: Error>(_ body: (State) throws(E) -> Result) throws(E) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(state)
  }
}
