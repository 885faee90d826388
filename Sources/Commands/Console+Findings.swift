import Format
import Repository

extension Console {
  /// How many snapshots and paths are named for each finding: programs and whoever asks for more get all of them.
  var checkNameLimit: Int { isJSON || isVerbose ? 100_000 : CheckOptions.defaultNameLimit }

  /// Shows what a check found, for people.
  func show(_ finding: CheckFinding) throws(CommandError) {
    let kind = finding.severity == .error ? "error" : finding.severity == .warning ? "warning" : "note"
    try print("\(kind): \(Terminal.harmless("\(finding.object): \(finding.message)"))")
    if finding.snapshotCount > 0 {
      let rest = finding.snapshotCount - finding.snapshots.count
      let named = finding.snapshots.map { String($0.hex.prefix(8)) } + (rest > 0 ? ["and \(rest) more"] : [])
      try print("  in snapshots: \(named.joined(separator: " "))")
    }
    for path in finding.paths { try print("  affects \(Terminal.harmless(path))") }
    if finding.pathCount > finding.paths.count {
      try print("  and \(Display.count(finding.pathCount - finding.paths.count, "path")) more")
    }
  }
}

extension JSONWriter {
  /// What a check found.
  mutating func fields(of finding: CheckFinding) {
    field("message_type", "finding")
    field("severity", "\(finding.severity)")
    field("code", finding.code.description)
    field("object", finding.object)
    field("message", finding.message)
    array("snapshots") { json in finding.snapshots.forEach { json.value($0.hex) } }
    field("snapshot_count", finding.snapshotCount)
    array("paths") { json in finding.paths.forEach { json.value($0) } }
    field("path_count", finding.pathCount)
  }
}
