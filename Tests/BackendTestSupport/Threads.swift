import Glibc
import Synchronization

/// Runs `body` on `count` threads of its own at once and returns what each returned, by thread. Backends block, which
/// the few threads of Swift concurrency must not.
public func onThreads<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) -> Result
) -> [Result] {
  let collected = Collected<Result>()
  let threads = (0..<count).map { index in
    let work = Unmanaged.passRetained(ThreadBody { collected.add(body(index), at: index) })
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    precondition(error == 0, "no more threads")
    return thread
  }
  for thread in threads { pthread_join(thread, nil) }
  return collected.sorted()
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private final class Collected<Result: Sendable>: Sendable {
  private let results = Mutex<[Int: Result]>([:])

  func add(_ result: Result, at index: Int) {
    results.withLock { $0[index] = result }
  }

  func sorted() -> [Result] {
    results.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
  }
}
