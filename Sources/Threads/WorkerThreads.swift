internal import Glibc

/// Dedicated operating system threads for work that blocks: system calls, compression, flushing.
///
/// Swift's own concurrency is for control and networks; its few threads must not block.
public enum WorkerThreads {
  /// The number of processors that are online.
  public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs `body(0)` … `body(count - 1)`, each on a thread of its own, and returns when all have.
  ///
  /// If a thread can't be made, its share runs on the calling thread instead, after the others were started.
  public static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [WorkerThread] = []
    var left: [Int] = []
    for index in 0..<count {
      if let thread = WorkerThread(starting: { body(index) }) { threads.append(thread) } else { left.append(index) }
    }
    left.forEach(body)
    threads.forEach { $0.join() }
  }
}

/// One running thread. It must be joined exactly once.
public struct WorkerThread: Sendable {
  private let thread: pthread_t

  /// Starts `body` on a new thread; nil if the system has none to give.
  public init?(starting body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(run: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // Deep recursion (trees, content lists) is bounded, so 1 MiB is ample and keeps many threads cheap.
    pthread_attr_setstacksize(&attributes, 1 << 20)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { argument in
        if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      return nil
    }
    self.thread = thread
  }

  /// Waits until the thread's body has returned.
  public func join() {
    pthread_join(thread, nil)
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
