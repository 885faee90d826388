import ArgumentParser
import Format
import Scheduling

struct ScheduleStatus: ScheduleVerb {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show jobs, when they run, and how the last run went.",
    discussion: """
      The exit code is 1 if a job needs somebody to look at it: its last run ended with anything but 0 or was cut off, it \
      has been due for more than an hour and its random delay without a start, or its timer is gone.
      """)

  @Argument(help: "The job (default: all).") var name: JobName?

  @OptionGroup(title: "State") var state: ScheduleState
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    let store = try state.store(context)
    let names = try name.map { [$0] } ?? store.names()
    var all: [JobStatus] = []
    for job in names {
      do throws(CommandError) {
        all.append(try JobStatus(try store.job(job), store, context))
      } catch {
        // It must not hide the others.
        guard name == nil else { throw error }
        context.console.warning("\(error)")
      }
    }
    if context.console.isJSON {
      var json = JSONWriter()
      json.array { json in for status in all { json.job(status) } }
      json.endLine()
      try json.write(to: context.console.output)
    } else {
      try show(all, context.console)
    }
    return all.count == names.count && all.allSatisfy(\.isSound) ? .done : .failed
  }

  private func show(_ all: [JobStatus], _ console: Console) throws(CommandError) {
    guard !all.isEmpty else { return console.note("there are no jobs") }
    var table = Table([.init("Job"), .init("When"), .init("By"), .init("Next"), .init("Last start"), .init("State")])
    for status in all {
      table.append([
        status.job.name.description, Terminal.escaped(status.job.calendarText.utf8), status.job.system.name,
        status.next.map { Display.localTime(Instant(seconds: $0)) } ?? "?",
        status.lastRun.map { Display.localTime(Instant(seconds: $0.started)) } ?? "-", status.text,
      ])
    }
    try console.output.write(table.rendered())
    for status in all {
      guard case .ended(let code) = status.result, code != 0 else { continue }
      let meaning = ExitCode(rawValue: code).map { " \($0.meaning)" } ?? ""
      console.note("\(status.job.name):\(meaning) What it said: \(status.job.system.messages(of: status.job.name))")
    }
  }
}

extension TimerSystem {
  /// Where to find what the runs of a job wrote.
  fileprivate func messages(of job: JobName) -> String {
    switch self {
    case .cron: "in cron's mail"
    case .systemd(let scope, _):
      "journalctl\(scope == .user ? " --user" : "") --unit \(SystemdUnits.name(job)).service"
    }
  }
}

extension JSONWriter {
  /// How a job stands.
  fileprivate mutating func job(_ status: JobStatus) {
    object { json in
      json.field("name", status.job.name.description)
      json.field("calendar", status.job.calendarText)
      json.field("system", status.job.system.name)
      json.field("overlap", status.job.overlap.rawValue)
      json.array("command") { json in
        for argument in status.job.arguments { json.value(PathText.escape(argument)) }
      }
      if let next = status.next { json.field("next", Display.rfc3339(Instant(seconds: next))) }
      if let run = status.lastRun {
        json.field("last_start", Display.rfc3339(Instant(seconds: run.started)))
        if let end = run.end {
          json.field("last_end", Display.rfc3339(Instant(seconds: end.time)))
          json.field("last_seconds", end.seconds)
          json.field("last_exit_code", end.code)
        }
      }
      json.field("running", status.result == .running)
      json.field("overdue", status.isOverdue)
      json.field("installed", status.isInstalled)
      json.field("sound", status.isSound)
    }
  }
}
