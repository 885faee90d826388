import Format
import Retention

/// What is to be done with each snapshot, for people and programs.
struct ForgetReport {
  let groups: [RetentionGroup]
  let snapshots: [SnapshotID: Snapshot]
  let isDryRun: Bool

  init(_ groups: [RetentionGroup], of snapshots: [Snapshot], isDryRun: Bool) {
    self.groups = groups
    self.snapshots = Dictionary(snapshots.map { ($0.id, $0) }) { first, _ in first }
    self.isDryRun = isDryRun
  }

  private var decisions: [RetentionDecision] { groups.flatMap(\.decisions) }

  /// Those that no rule keeps.
  var removed: [SnapshotID] { decisions.filter { !$0.isKept }.map(\.candidate.id) }

  /// Those that wait for their date.
  var futureDated: [RetentionCandidate] {
    decisions.filter { $0.reasons.contains(.futureDate) }.map(\.candidate)
  }

  /// Says what is to be done with each snapshot and why.
  func showDecisions(_ console: Console) throws(CommandError) {
    if console.isJSON {
      for decision in decisions { try console.json { $0.fields(of: decision, snapshots[decision.candidate.id]) } }
    } else if !console.isQuiet {
      for group in groups {
        let kept = group.decisions.count { $0.isKept }
        try console.print("\(group.title): keep \(kept), remove \(group.decisions.count - kept)\n")
        try console.output.write(table(of: group) + "\n")
      }
    }
  }

  /// Says what was done, or would be.
  func showResult(_ console: Console, isPruned: Bool) throws(CommandError) {
    let kept = decisions.count - removed.count
    if console.isJSON {
      try console.json { json in
        json.field("message_type", "forget")
        json.field("dry_run", isDryRun)
        json.field("groups", groups.count)
        json.field("kept", kept)
        json.field("removed", removed.count)
        json.field("future_dated", futureDated.count)
      }
    } else if !console.isQuiet {
      let count = Display.count(removed.count, "snapshot")
      let text = isDryRun ? "dry run: would remove \(count)" : "removed \(count)"
      let hint = removed.isEmpty || isDryRun || isPruned ? "" : "; \"firn prune\" frees what only they need"
      try console.print("\(text)\(kept > 0 ? ", keep \(Display.count(kept))" : "")\(hint)")
    }
  }

  /// What is done is on the left; what all of the group share isn't repeated.
  private func table(of group: RetentionGroup) -> String {
    var table = Table(
      [.init(""), .init("ID"), .init("Time")] + (group.host == nil ? [.init("Host")] : []) + [
        .init("Tags"), .init("Label"),
      ] + (group.paths == nil ? [.init("Paths")] : []) + [.init("Kept by")])
    for decision in group.decisions {
      let candidate = decision.candidate
      let label = snapshots[candidate.id]?.label ?? ""
      var row = [
        decision.isKept ? "keep" : "remove", String(candidate.id.hex.prefix(8)),
        Display.localTime(Instant(candidate.time)),
      ]
      if group.host == nil { row.append(Terminal.escaped(candidate.host.utf8)) }
      row += [Terminal.escaped(candidate.tags.joined(separator: ",").utf8), Terminal.escaped(label.utf8)]
      // Stored paths are text that is escaped already.
      if group.paths == nil { row.append(Terminal.harmless(candidate.paths.joined(separator: " "))) }
      table.append(row + [Terminal.harmless(decision.reasons.map(\.description).joined(separator: ", "))])
    }
    return table.rendered()
  }
}

extension RetentionGroup {
  /// What its snapshots share, safe on a terminal.
  var title: String {
    var parts: [String] = []
    if let host { parts.append("host \(Terminal.escaped(host.utf8))") }
    if let paths { parts.append("paths \(Terminal.harmless(paths.joined(separator: " ")))") }
    if let tags {
      parts.append(tags.isEmpty ? "no tags" : "tags \(Terminal.escaped(tags.joined(separator: ",").utf8))")
    }
    return parts.isEmpty ? "snapshots" : parts.joined(separator: ", ")
  }
}

extension RetentionCandidate {
  init(_ snapshot: Snapshot) {
    self.init(
      id: snapshot.id, time: snapshot.time, revision: snapshot.replaces.count, host: snapshot.host,
      paths: snapshot.paths, tags: snapshot.tags,
      isPinned: snapshot.isPinned)
  }
}

extension JSONWriter {
  fileprivate mutating func fields(of decision: RetentionDecision, _ snapshot: Snapshot?) {
    field("message_type", "decision")
    field("action", decision.isKept ? "keep" : "remove")
    array("reasons") { json in
      for reason in decision.reasons { json.value(reason.description) }
    }
    if let snapshot { object("snapshot") { json in json.fields(of: snapshot) } }
  }
}
