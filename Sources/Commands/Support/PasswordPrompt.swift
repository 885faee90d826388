import CProcess
import Glibc
import Synchronization

/// Asks for a password on the terminal, without showing what is typed.
struct PasswordPrompt: Sendable {
  /// The terminal's device.
  var device = "/dev/tty"

  /// Asks once.
  /// - Throws: a usage error when there is no terminal; `ExitCode.interrupted` on a signal, the terminal restored.
  func ask(_ question: String) throws(CommandError) -> Password {
    let descriptor = open(device, O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw Self.noTerminal }
    defer { close(descriptor) }
    return try ask(question, on: descriptor)
  }

  /// Asks twice.
  /// - Throws: as `ask(_:)`, and a usage error when the answers differ.
  func askTwice(_ question: String) throws(CommandError) -> Password {
    let first = try ask(question)
    guard try ask("Again: ") == first else { throw CommandError(.usage, "the two passwords differ") }
    return first
  }

  private static let noTerminal = CommandError(
    .usage, "no password given and no terminal to ask on; see --password-file and --password-command")

  /// The signal that came while a prompt was open.
  private static let received = Atomic<CInt>(0)
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

  private func ask(_ question: String, on descriptor: CInt) throws(CommandError) -> Password {
    var before = termios()
    guard tcgetattr(descriptor, &before) == 0 else { throw Self.noTerminal }
    Self.received.store(0, ordering: .relaxed)
    var handlers = Self.signals.map { number in
      Interruption.setHandler(number) { PasswordPrompt.received.store($0, ordering: .relaxed) }
    }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    silent.c_lflag |= tcflag_t(ICANON | ISIG | ECHONL)
    tcsetattr(descriptor, TCSAFLUSH, &silent)
    let answer = Result { () throws(CommandError) in try Self.readAnswer(question, on: descriptor) }
    tcsetattr(descriptor, TCSAFLUSH, &before)
    for (index, number) in Self.signals.enumerated() { sigaction(number, &handlers[index], nil) }

    let signal = Self.received.load(ordering: .relaxed)
    guard signal == 0 else {
      // What the signal does otherwise, it does now that the terminal is as it was.
      Self.deliver(signal)
      if signal == SIGTSTP { return try ask(question, on: descriptor) }
      throw CommandError(.interrupted, "interrupted")
    }
    return try answer.get()
  }

  /// Raises `signal` and returns once it was handled, on threads too that leave signals to others.
  private static func deliver(_ signal: CInt) {
    var set = sigset_t()
    var before = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, &before)
    raise(signal)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  private static func readAnswer(_ question: String, on descriptor: CInt) throws(CommandError) -> Password {
    if let number = writeAll(Array(question.utf8), to: descriptor) { throw .system("write to", "the terminal", number) }
    return try Password.read(.firstLine, from: "the terminal") { (buffer) throws(CommandError) in
      // The signal may have gone to another thread, so the wait for input is cut short to look.
      while received.load(ordering: .relaxed) == 0 {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&wait, 1, 100) > 0 { return try readSome(from: descriptor, into: buffer, name: "the terminal") }
      }
      throw CommandError(.interrupted, "interrupted")
    }
  }
}
