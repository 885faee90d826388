import ArgumentParser

struct Repair: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a damaged repository whole again.",
    discussion: """
      Run "firn check --read-data --repair" first: it rebuilds from parity what it can, and says what is damaged. Then run \
      "repair index", "repair packs" and "repair snapshots", in this order and only as needed; each can be run again at any \
      time. Nothing is deleted that could still be needed: damaged objects are moved to the directory quarantine/ of the \
      repository, where nothing reads them.

      A backup after "repair packs" stores what was lost anew where the files still have it, and the old snapshots are whole \
      again; so take one before "repair snapshots".
      """,
    subcommands: [RepairIndex.self, RepairPacks.self, RepairSnapshots.self])
}
