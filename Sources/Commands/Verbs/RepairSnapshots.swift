import ArgumentParser
import Format
import Repository
import Snapshots

struct RepairSnapshots: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "snapshots",
    abstract: "Drop from snapshots what can't be had any more.",
    discussion: """
      Makes of each snapshot that lacks something another one, with the tag "repaired", without the files whose content is \
      gone and without directories that can't be read; each is listed. The old one stays beside it, or is removed with \
      --forget.

      Snapshot objects that can't be opened are put back where parity or this client's cache has them. Others stay, and keep prune from \
      removing anything; --forget sets them aside.

      The password must be that of a key with the role "full". The exit code is 13 when something is left that could not be \
      repaired.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(help: "Remove the snapshots that others took the place of; set those aside that can't be opened.")
  var forget = false

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be done.")
  var dryRun = false

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let owner = SessionOwner(context)
      let records = try repository.repairSnapshotRecords(
        forgets: forget, isDryRun: dryRun, by: owner, watch: .process(context))
      try tell(records, context.console)
      try repository.requireStandingPacks()
      var change = SnapshotChange()
      change.dropsDamaged = true
      change.keepsOld = !forget
      let listing = try repository.snapshots()
      let known = Set((records.remaining + (dryRun ? records.restored + records.forgotten : [])).map(\.object))
      // One that could be read a moment ago may lack something.
      if let other = listing.damaged.first(where: { !known.contains("snapshots/\($0.name)") }) { throw other.error }
      let snapshots = listing.snapshots
      let rewriter = try SnapshotRewriter(
        repository: repository, change: change, by: owner, known: snapshots, isRehearsal: dryRun)
      var counts = (repaired: 0, before: 0, lost: 0)
      for snapshot in snapshots {
        try Interruption.check()
        do {
          let outcome = try rewriter.rewrite(snapshot.id) { step in
            try Interruption.check()
            if case .dropped(let path) = step { try tell(dropped: path, from: snapshot, context.console) }
          }
          switch outcome {
          case .unchanged: break
          case .changed(let new):
            counts.repaired += 1
            try tell(snapshot, repairedAs: new, context.console)
          case .madeBefore(let new):
            counts.before += 1
            context.console.note(
              "\(snapshot.shortID) was repaired before, as \(new.shortID); --forget removes the old one")
          }
        } catch let error as SnapshotsError where error.code == .damaged {
          counts.lost += 1
          context.console.warning("\(error)")
        }
      }
      try tell(counts, records, context.console)
      return records.remaining.isEmpty && counts.lost == 0 ? .done : .damaged
    }
  }

  private func tell(_ records: SnapshotRecordReport, _ console: Console) throws(CommandError) {
    guard !console.isJSON else { return }
    try console.show(records.restored, as: dryRun ? "would be put back" : "put back")
    try console.show(records.forgotten, as: dryRun ? "would be set aside" : "set aside")
    try console.show(records.remaining, as: "can't be opened (--forget sets it aside)")
  }

  private func tell(dropped path: [UInt8], from snapshot: Snapshot, _ console: Console) throws(CommandError) {
    guard console.isJSON else { return try console.print("\(snapshot.shortID)  - \(Terminal.escaped(path))") }
    try console.json { $0.dropped(path, from: snapshot) }
  }

  private func tell(_ old: Snapshot, repairedAs new: Snapshot, _ console: Console) throws(CommandError) {
    guard console.isJSON else {
      let verb = forget ? "replaced by" : "copied to"
      return try console.print(
        "\(old.shortID): \(dryRun ? "would be \(verb) a new snapshot" : "\(verb) \(new.shortID)")")
    }
    try console.json { json in
      json.field("message_type", "snapshot_repaired")
      json.field("dry_run", dryRun)
      json.field("old_id", old.id.hex)
      // The id of a rehearsal is never that of a snapshot.
      if !dryRun { json.field("new_id", new.id.hex) }
      json.field("old_removed", forget && !dryRun)
    }
  }

  private func tell(
    _ counts: (repaired: Int, before: Int, lost: Int), _ records: SnapshotRecordReport, _ console: Console
  ) throws(CommandError) {
    guard console.isJSON else {
      guard !console.isQuiet else { return }
      if counts == (0, 0, 0), records.isClean { return try console.print("every snapshot is whole") }
      try console.print("\(Display.count(counts.repaired, "snapshot")) \(dryRun ? "would be repaired" : "repaired")")
      if dryRun { try console.print("dry run: nothing was changed") }
      return
    }
    try console.json { json in
      json.field("message_type", "summary")
      json.field("dry_run", dryRun)
      json.field("repaired", counts.repaired)
      json.field("repaired_before", counts.before)
      json.field("lost", counts.lost)
      json.problems("restored", records.restored)
      json.problems("forgotten", records.forgotten)
      json.problems("remaining", records.remaining)
    }
  }
}
