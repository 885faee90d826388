import ArgumentParser
import Scheduling

struct ScheduleRemove: ScheduleVerb {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a job, its timer and what is known of its runs.",
    discussion: """
      Of a job that is running only the timer goes; remove it again when it has ended. Snapshots are not touched.
      """)

  @Argument(help: "The job.") var name: JobName

  @OptionGroup(title: "State") var state: ScheduleState
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    let store = try state.store(context)
    let job = try store.job(name)
    // First, so that a job that is always running can be removed at all.
    let done = try job.system.remove(name, context)
    guard let lock = try store.lock(name) else {
      for command in done.remaining { context.console.note("to stop its timer, run: \(command)") }
      throw CommandError(.busy, "job \(name) is running. Its timer was taken away; remove the job when it has ended")
    }
    try store.remove(name)
    lock.release()
    let console = context.console
    if console.isJSON {
      try console.json { json in
        json.field("message_type", "schedule_removed")
        json.field("name", name.description)
        json.array("remaining") { json in for command in done.remaining { json.value(command) } }
      }
    } else if !console.isQuiet {
      try console.print("removed job \(name)")
      if !done.remaining.isEmpty { try console.print("to stop its timer, run:") }
      for command in done.remaining { try console.print("  \(command)") }
    }
    return .done
  }
}
