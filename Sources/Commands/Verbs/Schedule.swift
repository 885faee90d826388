import ArgumentParser
import Scheduling

struct Schedule: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Have firn commands run by themselves.",
    discussion: """
      A job is a firn command and a calendar. A timer of systemd or the user's crontab starts it; runs that were missed \
      because the machine was off are made up for by one run.
        firn schedule install nightly --on "daily 02:30" -- backup -r PLACE --password-file FILE /etc /home
      """,
    subcommands: [ScheduleInstall.self, ScheduleStatus.self, ScheduleRun.self, ScheduleRemove.self])
}

/// A command about jobs.
protocol ScheduleVerb: Verb {
  var state: ScheduleState { get }
}

/// Where jobs are kept.
struct ScheduleState: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where jobs are kept (default: $FIRN_STATE_DIR, or /var/lib/firn for root, else $XDG_STATE_HOME/firn or ~/.local/state/firn).",
      valueName: "dir"),
    completion: .directory)
  var stateDirectory: RawText?

  func store(_ context: CommandContext) throws(CommandError) -> JobStore {
    try JobStore(stateDirectory, context.environment)
  }
}

extension JobName: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
