import ArgumentParser
import Format
import Glibc
import Scheduling

struct ScheduleInstall: ScheduleVerb {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Have a firn command run on a schedule.",
    discussion: """
      The command and its arguments follow "--". It runs where it was installed, with the FIRN_REPOSITORY, \
      FIRN_PASSWORD_FILE, FIRN_PASSWORD_COMMAND, FIRN_TO_PASSWORD_FILE, FIRN_TO_PASSWORD_COMMAND, FIRN_CACHE_DIR, \
      FIRN_STATE_DIR, FIRN_LIMIT_UPLOAD, FIRN_LIMIT_DOWNLOAD and FIRN_RECONNECT_FOR that were set. Its passwords must come \
      from a file or a program. A job of the same name is replaced.

      CALENDAR is \(Calendar.grammar). Times of day are local and come once a day also when the clocks are changed; \
      "hourly" and "every" go by UTC. With systemd it may be any OnCalendar expression.
      """)

  @Argument(help: "What the job is called: letters, digits, - and _.") var name: JobName

  @Option(name: .customLong("on"), help: ArgumentHelp("When it runs.", valueName: "calendar"))
  var calendar: String

  @OptionGroup(title: "State") var state: ScheduleState
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(help: ArgumentHelp("systemd or cron (default: what is there).", valueName: "system"))
  var system: SystemArgument?

  @Option(help: ArgumentHelp("Put each run off by a random time up to this.", valueName: DurationArgument.valueName))
  var randomizedDelay: DurationArgument?

  @Option(help: ArgumentHelp("If the run before has not ended: skip this one, or wait.", valueName: "skip|wait"))
  var overlap = Overlap.skip

  @Flag(
    help: ArgumentHelp(
      "Use the systemd of this user, not that of the machine. It works while the user is logged in, or always after "
        + "\"loginctl enable-linger\"."))
  var user = false

  @Option(
    help: ArgumentHelp("Write units for systemd here; nothing is started then.", valueName: "dir"),
    completion: .directory)
  var unitDirectory: RawText?

  @Argument(parsing: .postTerminator, help: ArgumentHelp("The firn command, after \"--\".", valueName: "command"))
  var command: [RawText] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("give the firn command after \"--\", such as -- backup /etc") }
    if system == .cron, user || unitDirectory != nil {
      throw ValidationError("--user and --unit-directory are for systemd, not for cron")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let command = try JobCommand(self.command, context.environment)
    let job: Job
    let timer: TimerCommand
    let store: JobStore
    do {
      job = try Job(
        name: name, on: calendar, system: try timerSystem(context), overlap: overlap,
        randomizedDelay: randomizedDelay?.duration.components.seconds ?? 0, installed: context.now.seconds,
        directory: try workingDirectory(), variables: command.variables, arguments: command.arguments)
      try job.checkDelay()
      if case .systemd(let expression) = job.calendar { try SystemdCalendar.check(expression, context.environment) }
      store = try state.store(context)
      timer = try TimerCommand(program: try Self.program(), stateDirectory: store.path)
    } catch let error as SchedulingError {
      throw CommandError(.usage, "\(error)")
    }
    let former = try removeOtherTimer(of: job, store, context)
    try store.write(job)
    do {
      try report(job, try job.system.install(job, timer, context), context.console)
    } catch {
      // What nothing starts is no job.
      if let former {
        try store.write(former)
      } else if (try? job.system.isInstalled(name, context)) != true {
        try store.remove(name)
      }
      throw error
    }
    return .done
  }

  /// Removes the timer that a job of this name has in another system: under the new job's file it would start the new command.
  ///
  /// - Returns: the job that is replaced; nil if there is none, or its file is damaged.
  private func removeOtherTimer(
    of job: Job, _ store: JobStore, _ context: CommandContext
  ) throws(CommandError) -> Job? {
    let former: Job?
    do throws(CommandError) {
      former = try store.jobIfPresent(name)
    } catch {
      try job.system.removeFromOthers(name, context)
      return nil
    }
    if let former, former.system != job.system { _ = try former.system.remove(name, context) }
    return former
  }

  private func timerSystem(_ context: CommandContext) throws(CommandError) -> TimerSystem {
    let hasSystemd = SystemdFiles.isRunning || unitDirectory != nil || user
    guard system == .systemd || (system == nil && hasSystemd) else {
      if system == .cron || context.environment.hasProgram("crontab") { return .cron }
      throw CommandError(.failed, "neither systemd nor cron is here; --system systemd writes units all the same")
    }
    let scope = user ? SystemdScope.user : .system
    if let unitDirectory { return .systemd(scope, unitDirectory: try absolutePath(unitDirectory.bytes)) }
    if scope == .system, geteuid() != 0 {
      throw CommandError(.usage, "units for the whole machine are root's; add --user for this user's")
    }
    return .systemd(scope, unitDirectory: try SystemdFiles.usualDirectory(scope, context.environment))
  }

  private static func program() throws(CommandError) -> [UInt8] {
    guard let path = realpath("/proc/self/exe", nil) else { throw .system("find", "firn's own path") }
    defer { free(path) }
    return Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }

  private func report(_ job: Job, _ done: TimerInstallation, _ console: Console) throws(CommandError) {
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "schedule_installed")
        json.field("name", job.name.description)
        json.field("system", job.system.name)
        json.array("files") { json in for file in done.files { json.value(PathText.escape(file)) } }
        json.array("remaining") { json in for command in done.remaining { json.value(command) } }
      }
    }
    guard !console.isQuiet else { return }
    try console.print("job \(job.name) runs \(job.calendarText), started by \(job.system.name)")
    for file in done.files { try console.print("wrote \(Terminal.escaped(file))") }
    if !done.remaining.isEmpty { try console.print("to start it, run:") }
    for command in done.remaining { try console.print("  \(command)") }
  }
}

/// What starts jobs, as the command line names it.
enum SystemArgument: String, ExpressibleByArgument, CaseIterable, Sendable { case systemd, cron }

extension Overlap: ExpressibleByArgument {}
