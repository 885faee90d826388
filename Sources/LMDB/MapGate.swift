import Glibc

/// Lets transactions run side by side, one writer at a time, and lets the map be resized while none runs.
///
/// Moving the map under a running transaction would take its pages away, so LMDB asks its users to see to that.
final class MapGate: @unchecked Sendable {
  // The mutex guards every property that varies, which is what makes the class safe to share.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let patience: Int
  private var running = 0
  private var waiting = 0
  private var isResizing = false
  private var writer: pthread_t?
  private var loss: LMDBError?

  /// - Parameter patience: Seconds that `resize` waits for running transactions to end.
  init(patience: Int) {
    self.patience = patience
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Counts a transaction in, waiting while the map is resized.
  ///
  /// Throws `.unusable` when resizing has lost the map.
  func enter() throws(LMDBError) {
    let refusal = locked {
      while isResizing { wait() }
      if loss == nil { running += 1 }
      return loss
    }
    if let refusal { throw refusal }
  }

  /// Counts a transaction out.
  func leave() {
    locked {
      precondition(running > 0, "a transaction ended twice")
      running -= 1
      wakeAll()
    }
  }

  /// Makes the calling thread this process's only writer; traps when it already is, where LMDB would hang.
  func beginWriting() {
    locked {
      while let current = writer {
        precondition(pthread_equal(current, pthread_self()) == 0, "a write transaction inside a write transaction")
        wait()
      }
      writer = pthread_self()
    }
  }

  /// Lets the next writer in.
  func endWriting() {
    locked {
      writer = nil
      wakeAll()
    }
  }

  /// Runs `body` when no transaction runs, and lets none begin meanwhile.
  ///
  /// Throws `.mapFull` when transactions still run after the gate's patience: most likely the calling thread holds one,
  /// and would wait for ever. What `body` throws means that there is no map any more: no transaction is let in again.
  func resize(_ path: String, _ body: () throws(LMDBError) -> Void) throws(LMDBError) {
    let stragglers = locked {
      while isResizing { wait() }
      isResizing = true
      let deadline = Self.now() + patience
      while running > 0, waitUntil(deadline) {}
      return running
    }
    defer {
      locked {
        isResizing = false
        wakeAll()
      }
    }
    guard stragglers == 0 else {
      throw LMDBError(
        code: .mapFull, message: "the map of \(path) can't be resized: \(stragglers) transactions still run")
    }
    do throws(LMDBError) {
      try body()
    } catch {
      locked { loss = LMDBError(code: .unusable, message: "\(path) has lost its map", cause: error) }
      throw error
    }
  }

  private func locked<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  private func wait() {
    waiting += 1
    pthread_cond_wait(changed, mutex)
    waiting -= 1
  }

  /// Waits for a change; false when `deadline`, in monotonic seconds, has passed.
  private func waitUntil(_ deadline: Int) -> Bool {
    var time = timespec(tv_sec: deadline, tv_nsec: 0)
    waiting += 1
    defer { waiting -= 1 }
    return pthread_cond_timedwait(changed, mutex, &time) != ETIMEDOUT
  }

  private func wakeAll() {
    if waiting > 0 { pthread_cond_broadcast(changed) }
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec + (time.tv_nsec > 0 ? 1 : 0)
  }
}
