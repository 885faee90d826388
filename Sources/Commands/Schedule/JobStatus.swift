import Scheduling

/// How a job stands.
struct JobStatus {
  /// What there is to say about the last run.
  enum Result: Equatable {
    case never, running, cutOff
    case ended(code: Int32)
  }

  let job: Job
  let lastRun: RunRecord?
  let result: Result
  /// When the next run is due, in seconds since 1970, as far as that can be known.
  let next: Int64?
  let isOverdue: Bool
  /// Whether the timer or the crontab still starts the job.
  let isInstalled: Bool

  init(_ job: Job, _ store: JobStore, _ context: CommandContext) throws(CommandError) {
    self.job = job
    lastRun = try store.lastRun(job.name)
    // What can't be asked does not start the job either.
    isInstalled = (try? job.system.isInstalled(job.name, context)) ?? false
    // The lock is tried only where there is doubt, since a run that finds it taken just then would be left out.
    let isRunning = if let lastRun, lastRun.end == nil { try Self.isRunning(job.name, store) } else { false }
    result =
      if isRunning { .running } else if let end = lastRun?.end { .ended(code: end.code) } else {
        lastRun == nil ? .never : .cutOff
      }
    let now = context.now.seconds
    if case .systemd(let expression) = job.calendar {
      next = try SystemdCalendar.next(expression, after: now, context.environment)
      // systemd starts nothing for a time that came while the job was running.
      let since = max(lastRun?.end?.time ?? lastRun?.started ?? job.installed, job.installed)
      let due = try SystemdCalendar.next(expression, after: since, context.environment)
      isOverdue = !isRunning && due.map { $0 + DueRule.grace + job.randomizedDelay < now } ?? false
    } else {
      let rule = job.dueRule(host: context.hostName, .system)
      let leftOut = isRunning && job.overlap == .skip ? now : job.leftOutUntil(lastRun)
      next = rule.nextStart(
        at: now, lastStart: lastRun?.started, installed: job.installed, leftOutUntil: leftOut)
      isOverdue =
        !isRunning
        && rule.isOverdue(
          at: now, allowing: job.randomizedDelay, lastStart: lastRun?.started, installed: job.installed,
          leftOutUntil: leftOut)
    }
  }

  /// Whether nobody needs to look at the job.
  var isSound: Bool { isInstalled && !isOverdue && [.never, .running, .ended(code: 0)].contains(result) }

  /// The state in a few words.
  var text: String {
    let last =
      switch result {
      case .never: "has not run yet"
      case .running: "running"
      case .cutOff: "the last run was cut off"
      case .ended(0): "ok"
      case .ended(let code) where code < 0: "ended by signal \(-code)"
      case .ended(let code): "failed with exit code \(code)"
      }
    return last + (isOverdue ? ", overdue" : "") + (isInstalled ? "" : ", its timer is missing")
  }

  private static func isRunning(_ name: JobName, _ store: JobStore) throws(CommandError) -> Bool {
    guard let lock = try store.lock(name) else { return true }
    lock.release()
    return false
  }
}
