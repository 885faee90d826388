import Format
import Snapshots

/// Tells what a copy does, and sums it up for each target.
final class CopyReport {
  private struct Target {
    let place: String
    var copied = 0
    var present = 0
    var newBytes: UInt64 = 0
    var storedBytes: UInt64 = 0
    var failure: ErrorReport?
  }

  private static let pathLimit = 10

  private let isDryRun: Bool
  private let console: Console
  private var targets: [Target]
  private var unreadable = 0
  private var hasDamage = false
  private var gone = 0

  /// - Parameter places: the targets as the command line names them.
  init(places: [String], isDryRun: Bool, console: Console) {
    targets = places.map { Target(place: $0) }
    self.isDryRun = isDryRun
    self.console = console
  }

  /// How the command exits; nil if nothing went wrong.
  var exitCode: ExitCode? {
    targets.lazy.compactMap(\.failure).first?.exitCode ?? (unreadable > 0 || hasDamage ? .damaged : nil)
  }

  /// Tells of an event.
  ///
  /// - Parameter number: the place of a target of the event among all.
  func tell(_ event: CopyEvent, _ number: (Int) -> Int) throws {
    switch event {
    case .copied(let copied): try tell(copied, number(copied.target))
    case .present(let snapshot, let id, let target): try tell(present: snapshot, as: id, number(target))
    case .unreadable(let snapshot, let lost): try tell(unreadable: snapshot, lost)
    case .gone(let snapshot):
      gone += 1
      console.warning("snapshot \(snapshot.shortID) was forgotten or changed since it was listed; it was not copied")
    case .damaged(let target, let error):
      hasDamage = true
      console.warning("\(Terminal.escaped(targets[number(target)].place.utf8)): \(error)")
    case .failed(let target, let error): try tell(failed: number(target), error)
    }
  }

  /// Tells that a target can't be used, or not any more.
  func tell(failed number: Int, _ error: any Error) throws(CommandError) {
    let report = ErrorReport(error)
    targets[number].failure = report
    let place = Terminal.escaped(targets[number].place.utf8)
    console.warning("\(place): \(report.message); nothing more is copied there")
    if let hint = report.hint { console.note("hint: \(hint)") }
    guard console.isJSON else { return }
    try console.json { json in
      json.field("message_type", "target_failed")
      json.field("target", targets[number].place)
      json.field("code", report.exitCode.rawValue)
      json.field("message", report.message)
    }
  }

  private func tell(_ copied: CopiedSnapshot, _ number: Int) throws(CommandError) {
    targets[number].copied += 1
    targets[number].newBytes += copied.newBytes
    targets[number].storedBytes += copied.storedBytes
    let place = targets[number].place
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "copied")
        json.field("target", place)
        json.field("dry_run", isDryRun)
        json.field("snapshot_id", copied.original.id.hex)
        if let id = copied.id { json.field("new_id", id.hex) }
        json.field("new_bytes", copied.newBytes)
        json.field("stored_bytes", copied.storedBytes)
      }
    }
    guard !console.isQuiet else { return }
    let name = "\(copied.original.shortID) of \(Display.localTime(Instant(copied.original.time)))"
    let target = Terminal.escaped(place.utf8)
    guard let id = copied.id else {
      return try console.print("\(name): would be copied to \(target), up to \(Display.size(copied.newBytes))")
    }
    try console.print(
      "\(name): copied to \(target) as \(id.hex.prefix(8)), \(Display.size(copied.storedBytes)) for \(Display.size(copied.newBytes)) of new data"
    )
  }

  private func tell(present snapshot: Snapshot, as id: SnapshotID, _ number: Int) throws(CommandError) {
    targets[number].present += 1
    guard console.isJSON else {
      let place = Terminal.escaped(targets[number].place.utf8)
      return console.detail("\(snapshot.shortID): \(place) has it as \(id.hex.prefix(8))")
    }
    try console.json { json in
      json.field("message_type", "present")
      json.field("target", targets[number].place)
      json.field("snapshot_id", snapshot.id.hex)
      json.field("new_id", id.hex)
    }
  }

  private func tell(unreadable snapshot: Snapshot, _ lost: LostContent) throws(CommandError) {
    unreadable += 1
    console.warning("snapshot \(snapshot.shortID) can't be read whole and was not copied: \(lost.reason)")
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "unreadable")
        json.field("snapshot_id", snapshot.id.hex)
        json.field("message", "\(lost.reason)")
        json.array("paths") { json in lost.paths.forEach { json.value(PathText.escape($0)) } }
        json.field("path_count", lost.pathCount)
      }
    }
    let shown = lost.paths.prefix(console.isVerbose ? lost.paths.count : Self.pathLimit)
    for path in shown { console.warning("  affects \(Terminal.escaped(path))") }
    if lost.pathCount > shown.count {
      console.warning("  and \(Display.count(lost.pathCount - shown.count, "path")) more")
    }
  }

  /// What was copied in all.
  func showSummary() throws(CommandError) {
    guard !console.isJSON else { return try console.json { fields(into: &$0) } }
    guard !console.isQuiet else { return }
    for target in targets {
      let place = Terminal.escaped(target.place.utf8)
      var parts: [String] = []
      if target.copied > 0 {
        let verb = isDryRun ? "would be copied" : "copied"
        let size = isDryRun ? target.newBytes : target.storedBytes
        parts.append("\(Display.count(target.copied, "snapshot")) \(verb) (\(Display.size(size)))")
      }
      if target.present > 0 { parts.append("\(Display.count(target.present)) there already") }
      if target.failure != nil { parts.append("failed") }
      try console.print("\(place): \(parts.isEmpty ? "nothing to copy" : parts.joined(separator: ", "))")
    }
    if unreadable > 0 {
      let what = unreadable == 1 ? "it" : "them"
      try console.print("\(Display.count(unreadable, "snapshot")) not copied: something in \(what) can't be read")
    }
  }

  private func fields(into json: inout JSONWriter) {
    json.field("message_type", "summary")
    json.field("dry_run", isDryRun)
    json.array("targets") { json in
      for target in targets {
        json.object { json in
          json.field("target", target.place)
          json.field("copied", target.copied)
          json.field("present", target.present)
          json.field("new_bytes", target.newBytes)
          json.field("stored_bytes", target.storedBytes)
          if let failure = target.failure { json.field("code", failure.exitCode.rawValue) }
        }
      }
    }
    json.field("unreadable", unreadable)
    json.field("gone", gone)
  }
}
