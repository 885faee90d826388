import CProcess
@preconcurrency import Glibc

/// A program that runs beside this one and whose standard output is read here.
///
/// It shares standard input and standard error, and no other open file. A child that is dropped before `wait()` is
/// killed.
struct ChildProcess: ~Copyable {
  /// The end of a pipe that reads what the child writes; closed with the value.
  let output: CInt
  private let process: pid_t

  /// Starts the program `arguments[0]`, found in PATH, with all `arguments`; no shell reads them.
  /// - Throws: an error that names the program when it can't be started.
  init(_ arguments: [String]) throws(CommandError) {
    precondition(!arguments.isEmpty, "the first argument is the program")
    var ends: [CInt] = [-1, -1]
    let made = cprocess_pipe(&ends, O_CLOEXEC)
    guard made == 0 else { throw .system("make a pipe for", arguments[0]) }
    defer { close(ends[1]) }

    var process: pid_t = 0
    let number = Self.spawn(arguments, output: ends[1], &process)
    guard number == 0 else {
      close(ends[0])
      throw .system("run", Terminal.escaped(arguments[0].utf8), number)
    }
    self.process = process
    output = ends[0]
  }

  deinit {
    close(output)
    kill(process, SIGKILL)
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  /// Closes `output` and waits for the child's end.
  consuming func wait() throws(CommandError) -> Termination {
    let (process, output) = (process, output)
    discard self
    close(output)
    var status: CInt = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { throw .system("wait for", "process \(process)") }
    }
    return Termination(waitStatus: status)
  }

  private static func spawn(_ arguments: [String], output: CInt, _ process: inout pid_t) -> CInt {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    cprocess_close_from(&actions, STDERR_FILENO + 1)

    // What this process does with signals is none of the child's business.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    sigaddset(&signals, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pointers = arguments.map { argument -> UnsafeMutablePointer<CChar>? in
      let bytes = RawArguments.bytes(argument).map { CChar(bitPattern: $0) } + [0]
      return bytes.withUnsafeBufferPointer { $0.baseAddress.flatMap { strdup($0) } }
    }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    guard let program = pointers[0] else { return ENOMEM }
    return posix_spawnp(&process, program, &actions, &attributes, &pointers, environ)
  }
}

/// How a child ended.
enum Termination: Sendable, Equatable, CustomStringConvertible {
  case exited(CInt)
  case signalled(CInt)

  /// `waitStatus` is what `waitpid` stores.
  init(waitStatus: CInt) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .exited(waitStatus >> 8 & 0xFF) : .signalled(signal)
  }

  /// Whether it exited with 0.
  var isSuccess: Bool { self == .exited(0) }

  /// What it did, to follow its name.
  var description: String {
    switch self {
    case .exited(let code): "exited with status \(code)"
    case .signalled(let number): "was ended by signal \(number)"
    }
  }
}
