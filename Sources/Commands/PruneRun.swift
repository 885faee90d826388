import Format
import Repository

/// One run of a prune, with progress, interruption and report.
struct PruneRun {
  let repository: Repository
  let context: CommandContext

  func prune(_ options: PruneOptions) throws -> ExitCode {
    let latest = LatestProgress<PruneProgress>()
    let report = try LongWork.run(showing: context.console.progressLine(context.environment)) {
      ProgressStatus(prune: latest.value)
    } cancel: {
    } _: {
      try repository.prune(
        options, by: SessionOwner(context), watch: .process(context), progress: { latest.note($0) },
        isCancelled: { Interruption.isRequested })
    }
    for warning in report.warnings { context.console.warning(warning.description) }
    try show(report, options)
    return Self.exitCode(for: report)
  }

  /// What is worst comes first: what is damaged stays so until something is done about it.
  static func exitCode(for report: PruneReport) -> ExitCode {
    if report.warnings.contains(where: { $0.reason == .damaged }) { return .damaged }
    if report.warnings.contains(where: { $0.reason == .noSpace }) { return .noSpace }
    return report.waitingFor.isEmpty ? .done : .busy
  }

  private func show(_ report: PruneReport, _ options: PruneOptions) throws(CommandError) {
    let console = context.console
    guard !console.isJSON else { return try console.json { $0.fields(of: report, isDryRun: options.isDryRun) } }
    guard !console.isQuiet else { return }
    var table = Table([.init(""), .init("", .right), .init("", .right)])
    func row(_ title: String, _ packs: PruneReport.Packs) {
      table.append([title, Display.count(packs.count, "pack"), Display.size(packs.bytes)])
    }
    row("before", report.before)
    row("not needed", report.dead)
    row("partly needed, written again", report.repacked)
    if report.orphans.count > 0 { row("left by backups that were cut off", report.orphans) }
    if !options.isDryRun {
      row("written", report.written)
      row("removed", report.removed)
    }
    try console.output.write(table.rendered(withTitles: false))
    for other in report.fenced { try console.print("taken for dead: \(other.text)") }
    for other in report.waitingFor {
      try console.print("waits for: \(other.text); run prune again when it has ended")
    }
    if options.isDryRun {
      try console.print(
        "dry run: would free about \(Display.size(report.freedBytes.magnitude)); \(Display.size(report.unusedBytes)) would stay unused"
      )
    } else if report.freedBytes >= 0 {
      try console.print(
        "freed \(Display.size(UInt64(report.freedBytes))); \(Display.size(report.unusedBytes)) stay unused")
    } else {
      try console.print("\(Display.size(report.freedBytes.magnitude)) more than before, until the rest is removed")
    }
  }
}

extension ProgressStatus {
  fileprivate init(prune progress: PruneProgress?) {
    guard let progress else {
      self.init(phase: "prune")
      return
    }
    switch progress.phase {
    case .marking: self.init(phase: "mark snapshots", files: progress.done, totalFiles: progress.total)
    case .repacking: self.init(phase: "write again", bytes: progress.done, totalBytes: progress.total)
    case .waiting: self.init(phase: "wait for backups", files: progress.done, totalFiles: progress.total)
    case .sweeping: self.init(phase: "remove packs", files: progress.done, totalFiles: progress.total)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func fields(of report: PruneReport, isDryRun: Bool) {
    field("message_type", "summary")
    field("dry_run", isDryRun)
    field("snapshots", report.snapshots)
    packs("before", report.before)
    packs("dead", report.dead)
    packs("repacked", report.repacked)
    packs("orphans", report.orphans)
    packs("written", report.written)
    packs("removed", report.removed)
    packs("staged", report.staged)
    field("freed_bytes", report.freedBytes)
    field("unused_bytes", report.unusedBytes)
    array("waiting_for") { json in report.waitingFor.forEach { json.session($0) } }
    array("fenced") { json in report.fenced.forEach { json.session($0) } }
  }

  private mutating func packs(_ name: String, _ packs: PruneReport.Packs) {
    object(name) { json in
      json.field("packs", packs.count)
      json.field("bytes", packs.bytes)
    }
  }
}
