import Glibc
import Synchronization

/// Whether somebody asked the process to end. Long work looks from time to time and ends in order.
///
/// A signal interrupts system calls that wait, so they return EINTR and the work that waits gets to look too.
enum Interruption {
  private static let received = Atomic<CInt>(0)

  /// What asks a process to end.
  static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Has each of them set the flag, and a second SIGINT end the process at once. A broken pipe no
  /// longer kills, nor does a file that grows beyond a limit: writing reports it instead.
  static func install() {
    for number in signals {
      setHandler(number) { number in
        if Interruption.note(number) { _exit(ExitCode.interrupted.rawValue) }
      }
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Sets the flag; true if the process is to end at once. Does nothing that a signal handler mustn't.
  static func note(_ number: CInt) -> Bool {
    received.exchange(number, ordering: .relaxed) != 0 && number == SIGINT
  }

  /// Whether a signal came.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// Does nothing until a signal came.
  /// - Throws: an error that exits with `ExitCode.interrupted` afterwards.
  static func check() throws(CommandError) {
    if isRequested { throw CommandError(.interrupted, "interrupted") }
  }

  /// Waits until `deadline` or until a signal came, in short steps since the signal may go to another thread.
  static func sleep(until deadline: ContinuousClock.Instant) {
    while !isRequested {
      let left = deadline - .now
      guard left > .zero else { return }
      usleep(useconds_t(min(left, .milliseconds(50)) / .microseconds(1)) + 1)
    }
  }

  /// Forgets the signal that came.
  static func reset() { received.store(0, ordering: .relaxed) }

  /// Calls `handler` on signal `number` from now on and returns what was done before.
  @discardableResult
  static func setHandler(_ number: CInt, _ handler: @convention(c) (CInt) -> Void) -> sigaction {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    var previous = sigaction()
    sigaction(number, &action, &previous)
    return previous
  }
}
