import ArgumentParser
import Format
import Repository
import Snapshots

/// How a new snapshot is named and described.
struct SnapshotLabelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Give the snapshot these tags, joined by commas (may be repeated).", valueName: "tags"))
  var tag: [String] = []

  @Option(help: ArgumentHelp("The host that the snapshot names (default: this one).", valueName: "name"))
  var host: String?

  @Option(help: ArgumentHelp("A text to tell the snapshot by.", valueName: "text"))
  var label = ""

  @Option(help: ArgumentHelp("The time that the snapshot names (default: now).", valueName: "time"))
  var time: String?

  /// The label that the options describe.
  func label(_ context: CommandContext) throws(CommandError) -> SnapshotLabel {
    var start = context.now
    if let time {
      guard let parsed = TimeArgument(time, now: context.now) else {
        throw CommandError(.usage, "\"\(Terminal.escaped(time.utf8))\" is no time")
      }
      start = parsed.start
    }
    var snapshot = SnapshotLabel(
      host: host ?? context.hostName, user: context.userName, program: Version.program, time: Timestamp(start),
      owner: { SessionOwner(context) })
    snapshot.label = label
    snapshot.tags = tag.flatMap { $0.split(separator: ",").map(String.init) }
    return snapshot
  }
}
