import ArgumentParser

/// The root of the commands.
struct Firn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "firn",
    abstract: "Deduplicating, encrypted snapshots of files and dumps.",
    discussion: """
      A repository holds snapshots. Make one with "firn init -r PLACE", take snapshots with "firn backup -r PLACE \
      PATH…", and get files back with "firn restore -r PLACE latest --target DIR".

      SNAPSHOT is an id or the start of one (4 digits or more), latest, latest~N, or a time such as 2026-11-22, \
      "2026-11-22 20:25" or "2 days ago", which means the newest snapshot that isn't later. SNAPSHOT:PATH is a path in it.

      The password comes from --password-file, --password-command, $FIRN_PASSWORD, $FIRN_PASSWORD_FILE, \
      $FIRN_PASSWORD_COMMAND, or a prompt.

      EXIT CODES
      \(ExitCode.table)
      """,
    version: Version.program,
    groupedSubcommands: [
      CommandGroup(
        name: "Snapshots:",
        subcommands: [
          Backup.self, Snapshots.self, Forget.self, Tag.self, Pin.self, Unpin.self, Rewrite.self, Copy.self,
        ]),
      CommandGroup(
        name: "Looking and restoring:", subcommands: [List.self, Find.self, Diff.self, Restore.self, Dump.self]),
      CommandGroup(
        name: "Repository:",
        subcommands: [
          Initialize.self, PruneCommand.self, Intents.self, Check.self, Repair.self, Stats.self, Key.self, Cat.self,
          VolumeCommand.self,
        ]),
      CommandGroup(name: "On a schedule:", subcommands: [Schedule.self]),
      CommandGroup(name: "Program:", subcommands: [ShowVersion.self]),
    ])
}
