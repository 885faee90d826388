import Format
import Repository
import Snapshots

/// Makes one change to several snapshots and tells what became of each.
struct SnapshotChangeRun {
  let change: SnapshotChange
  let selection: SnapshotSelection
  let isRehearsal: Bool
  let context: CommandContext

  private struct Counts {
    var changed = 0
    var unchanged = 0
  }

  /// - Returns: `.damaged` if there are snapshots that can't be read and might have been meant.
  func run(on options: RepositoryOptions) throws -> ExitCode {
    try options.withRepository(context) { repository in
      let catalog = try SnapshotCatalog(repository, context)
      let rewriter = try SnapshotRewriter(
        repository: repository, change: change, by: SessionOwner(context), known: catalog.snapshots,
        isRehearsal: isRehearsal)
      var counts = Counts()
      for snapshot in try selection.chosen(from: catalog) {
        try Interruption.check()
        let outcome = try rewriter.rewrite(snapshot.id) { step in
          try Interruption.check()
          if case .dropped(let path) = step { try tell(dropped: path, from: snapshot) }
        }
        if case .changed = outcome { counts.changed += 1 } else { counts.unchanged += 1 }
        try tell(snapshot, outcome)
      }
      try tell(counts)
      return selection.names.isEmpty && !catalog.damaged.isEmpty ? .damaged : .done
    }
  }

  private func tell(dropped path: [UInt8], from snapshot: Snapshot) throws(CommandError) {
    guard context.console.isJSON else {
      return context.console.detail("\(snapshot.shortID)  - \(Terminal.escaped(path))")
    }
    try context.console.json { $0.dropped(path, from: snapshot) }
  }

  private func tell(_ old: Snapshot, _ outcome: SnapshotRewriter.Outcome) throws(CommandError) {
    let console = context.console
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "snapshot_change")
        json.field("action", outcome.name)
        json.field("dry_run", isRehearsal)
        json.field("old_id", old.id.hex)
        guard let new = outcome.new else { return }
        // The id of a rehearsal is never that of a snapshot.
        if !isRehearsal { json.field("new_id", new.id.hex) }
        json.field("old_removed", !change.keepsOld && !isRehearsal)
        json.strings("tags", new.tags)
        json.field("pinned", new.isPinned)
        json.field("files", new.statistics.files)
        json.field("bytes", new.statistics.bytes)
      }
    }
    switch outcome {
    case .unchanged: console.note("\(old.shortID): nothing to change")
    case .madeBefore(let made): console.note("\(old.shortID): \(made.shortID) was made from it before")
    case .changed(let new):
      let verb = change.keepsOld ? "copied to" : "replaced by"
      let place = isRehearsal ? "would be \(verb) a new snapshot" : "\(verb) \(new.shortID)"
      try console.print("\(old.shortID): \(place)\(difference(from: old, to: new))")
    }
  }

  private func tell(_ counts: Counts) throws(CommandError) {
    guard context.console.isJSON else {
      let verb = isRehearsal ? "would be changed" : "changed"
      let rest = counts.unchanged == 0 ? "" : ", \(Display.count(counts.unchanged)) left alone"
      return context.console.note("\(Display.count(counts.changed, "snapshot")) \(verb)\(rest)")
    }
    try context.console.json { json in
      json.field("message_type", "summary")
      json.field("dry_run", isRehearsal)
      json.field("changed", counts.changed)
      json.field("unchanged", counts.unchanged)
    }
  }

  /// What is different, in a few words.
  private func difference(from old: Snapshot, to new: Snapshot) -> String {
    var text = ""
    if old.tags != new.tags {
      text += new.tags.isEmpty ? ", no tags" : ", tags \(Terminal.escaped(new.tags.joined(separator: ",").utf8))"
    }
    if old.isPinned != new.isPinned { text += new.isPinned ? ", pinned" : ", not pinned" }
    if old.roots != new.roots {
      text +=
        ", \(Display.count(new.statistics.files)) of \(Display.count(Int(clamping: old.statistics.files), "file"))"
      text += ", \(Display.size(new.statistics.bytes)) of \(Display.size(old.statistics.bytes))"
    }
    return text
  }
}

extension SnapshotRewriter.Outcome {
  /// What programs are told.
  fileprivate var name: String {
    switch self {
    case .unchanged: "unchanged"
    case .changed: "changed"
    case .madeBefore: "made_before"
    }
  }

  /// The snapshot that is there for the old one, or beside it.
  fileprivate var new: Snapshot? {
    switch self {
    case .unchanged: nil
    case .changed(let new), .madeBefore(let new): new
    }
  }
}
