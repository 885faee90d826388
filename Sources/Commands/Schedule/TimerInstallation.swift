import Glibc
import Scheduling

/// What was written so that a job is started, and what is left for the user to do.
struct TimerInstallation {
  /// The files that were written.
  var files: [[UInt8]] = []
  /// Commands that could not be run here, because systemd isn't running or its units are for another machine.
  var remaining: [String] = []
}

extension TimerSystem {
  /// Has the job started by this system from now on.
  func install(_ job: Job, _ command: TimerCommand, _ context: CommandContext) throws(CommandError) -> TimerInstallation
  {
    switch self {
    case .cron:
      var table = try CronTable.read(context)
      table.add(job, command)
      try CronTable.write(table)
      return TimerInstallation()
    case .systemd(let scope, let path):
      let files = try SystemdFiles(path, scope)
      return try files.install(
        SystemdUnits(job: job, command: command, scope: scope, skippedCode: ExitCode.stillRunning.rawValue))
    }
  }

  /// Has the job started no more.
  func remove(_ name: JobName, _ context: CommandContext) throws(CommandError) -> TimerInstallation {
    switch self {
    case .cron:
      var table = try CronTable.read(context)
      if table.remove(name) { try CronTable.write(table) }
      return TimerInstallation()
    case .systemd(let scope, let path):
      return try SystemdFiles(path, scope).remove(name)
    }
  }

  /// Has the job started by no other system than this one, where nobody knows any more which one did: those are looked at that
  /// keep what they start in its usual place.
  func removeFromOthers(_ name: JobName, _ context: CommandContext) throws(CommandError) {
    let scopes: [SystemdScope] = geteuid() == 0 ? [.system, .user] : [.user]
    let timers = scopes.compactMap { scope in
      (try? SystemdFiles.usualDirectory(scope, context.environment)).map { Self.systemd(scope, unitDirectory: $0) }
    }
    for system in [.cron] + timers where system != self {
      // What can't be asked is most likely not there at all.
      guard (try? system.isInstalled(name, context)) == true else { continue }
      _ = try system.remove(name, context)
    }
  }

  /// Whether what `install` did is still there.
  func isInstalled(_ name: JobName, _ context: CommandContext) throws(CommandError) -> Bool {
    switch self {
    case .cron: try CronTable.read(context).contains(name)
    case .systemd(let scope, let path): try SystemdFiles(path, scope).hasTimer(name)
    }
  }
}
