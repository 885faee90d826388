import FileSystem
@preconcurrency import Glibc
import Scheduling

/// The command of a job: this very program, started anew with the job's arguments, variables and directory.
///
/// It shares standard input, output and error. While it runs, signals that ask this process to end are passed on to it.
struct JobProcess: ~Copyable {
  private static let watched = Interruption.signals + [SIGCHLD]
  private let process: pid_t

  /// Starts the command. From now on this process has the job's directory and variables too, as it does nothing else.
  ///
  /// The command gets `lock` as well: should this process be killed, the job is still at work. `isQuiet` has it say nothing
  /// but results and errors, unless it is to say more.
  init(_ job: Job, isQuiet: Bool, holding lock: borrowing JobLock) throws(CommandError) {
    let directory = Terminal.escaped(job.directory)
    guard chdir(job.directory.map { CChar(bitPattern: $0) } + [0]) == 0 else { throw .system("work in", directory) }
    for variable in job.variables {
      guard let sign = variable.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: variable[..<sign], as: UTF8.self)
      setenv(name, variable[(sign + 1)...].map { CChar(bitPattern: $0) } + [0], 1)
    }
    // Blocked before the child is there, so that no signal comes between its start and the wait.
    var signals = Self.signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGCHLD, SIG_DFL)
    var process: pid_t = 0
    let number = Self.spawn(Self.arguments(of: job, isQuiet: isQuiet), lock.descriptor.rawValue, &process)
    guard number == 0 else { throw .system("start", "the job's command", number) }
    self.process = process
  }

  private static func arguments(of job: Job, isQuiet: Bool) -> [[UInt8]] {
    var arguments = [Array("firn".utf8)] + job.arguments
    // What follows is another program's.
    let end = arguments.firstIndex { $0.elementsEqual("--".utf8) } ?? arguments.endIndex
    // Short flags may stand together. What is taken for one wrongly only makes the job say more.
    let saysMore = arguments[..<end].contains { word in
      word.elementsEqual("--verbose".utf8)
        || (word.starts(with: "-".utf8) && !word.starts(with: "--".utf8) && word.contains(UInt8(ascii: "v")))
    }
    if isQuiet, !saysMore { arguments.insert(Array("--quiet".utf8), at: end) }
    return arguments
  }

  /// Waits for the end of the command.
  consuming func wait() throws(CommandError) -> Termination {
    var signals = Self.signals
    while true {
      var status: CInt = 0
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process { return Termination(waitStatus: status) }
      guard ended == 0 else { throw .system("wait for", "process \(process)") }
      var information = siginfo_t()
      let number = sigwaitinfo(&signals, &information)
      // What a terminal sends goes to the command as well, without anybody's help.
      if number > 0, number != SIGCHLD, information.si_code != Int32(SI_KERNEL) { kill(process, number) }
    }
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in watched { sigaddset(&signals, number) }
    return signals
  }

  private static func spawn(_ arguments: [[UInt8]], _ lock: CInt, _ process: inout pid_t) -> CInt {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // To the same number: then it stays open in the child.
    posix_spawn_file_actions_adddup2(&actions, lock, lock)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    sigaddset(&defaults, SIGXFSZ)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var pointers = arguments.map { strdup($0.map { CChar(bitPattern: $0) } + [0]) as UnsafeMutablePointer<CChar>? }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    // By this name the program is found also when its file was replaced meanwhile.
    return posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &pointers, environ)
  }
}
