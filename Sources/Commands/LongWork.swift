import CProcess
import Glibc
import Threads

/// Work that takes a while, with a thread beside it that shows how far it is and passes on a request to end.
enum LongWork {
  private static let interval: CInt = 50

  /// Runs `body`. Meanwhile `status` is shown on `line`, and `cancel` is called once a signal asks for the end; it may be
  /// called more than once, and `body` is to throw then.
  static func run<Result>(
    showing line: ProgressLine?, _ status: @escaping @Sendable () -> ProgressStatus,
    cancel: @escaping @Sendable () -> Void, _ body: () throws -> Result
  ) throws -> Result {
    var ends: [CInt] = [-1, -1]
    guard cprocess_pipe(&ends, O_CLOEXEC) == 0 else { throw CommandError.system("make", "a pipe") }
    let (reading, writing) = (ends[0], ends[1])
    let watcher = WorkerThread {
      var wait = pollfd(fd: reading, events: 0, revents: 0)
      // The other end is closed when the work is over.
      while poll(&wait, 1, interval) <= 0 {
        line?.report(status)
        if Interruption.isRequested { cancel() }
      }
    }
    defer {
      close(writing)
      watcher?.join()
      close(reading)
      line?.finish()
    }
    return try body()
  }
}
