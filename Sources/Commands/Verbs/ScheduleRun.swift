import ArgumentParser
import Glibc
import Scheduling

struct ScheduleRun: ScheduleVerb {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a job now; this is what timers do.",
    discussion: """
      The exit code is that of the job's command. A run that finds another of the same job ends at once with \
      \(ExitCode.stillRunning.rawValue), or waits, as the job says; of several that wait, one is enough. What is written is what \
      the job's command writes; --quiet is passed on to it.
      """)

  @Argument(help: "The job.") var name: JobName

  @Flag(help: "Only if a time of its calendar has come since the last start.")
  var ifDue = false

  @OptionGroup(title: "State") var state: ScheduleState
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    let store = try state.store(context)
    let planned = try store.job(name)
    guard try mayRun(planned, store, context) else { return .done }
    guard let lock = try planned.overlap == .wait ? store.waitForLock(name) : store.lock(name) else {
      context.console.note("job \(name) is still running; this run is left out")
      return .stillRunning
    }
    // While this one waited the job may have been run, changed or removed.
    let job = try store.job(name)
    guard try mayRun(job, store, context) else { return .done }
    let before = try store.lastRun(name)
    let started = Instant.now.seconds
    let clock = ContinuousClock.now
    // Before the start: a command that can't be recorded would be started again and again.
    try store.write(RunRecord(started: started), of: name)
    let process: JobProcess
    do {
      process = try JobProcess(job, isQuiet: output.quiet, holding: lock)
    } catch {
      try store.restore(before, of: name)
      throw error
    }
    let termination = try process.wait()
    let end = RunRecord.End(
      time: Instant.now.seconds, seconds: (ContinuousClock.now - clock).components.seconds, code: termination.code)
    try store.write(RunRecord(started: started, end: end), of: name)
    lock.release()
    return exitCode(termination, context.console)
  }

  private func mayRun(_ job: Job, _ store: JobStore, _ context: CommandContext) throws(CommandError) -> Bool {
    guard ifDue else { return true }
    let last = try store.lastRun(name)
    return job.dueRule(host: context.hostName, .system)
      .isDue(
        at: Instant.now.seconds, lastStart: last?.started, installed: job.installed,
        leftOutUntil: job.leftOutUntil(last))
  }

  private func exitCode(_ termination: Termination, _ console: Console) -> ExitCode {
    switch termination {
    case .exited(let code): return ExitCode(rawValue: code) ?? .failed
    case .signalled(let number):
      console.warning("the command of job \(name) \(termination)")
      return Interruption.signals.contains(number) ? .interrupted : .failed
    }
  }
}

extension Termination {
  /// The exit code; minus the number of the signal.
  fileprivate var code: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let number): -number
    }
  }
}
