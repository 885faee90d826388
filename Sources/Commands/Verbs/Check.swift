import ArgumentParser
import Format
import Repository
import Synchronization
import Threads

struct Check: RepositoryVerb {
  static let configuration = CommandConfiguration(
    abstract: "Check the repository for damage.",
    discussion: """
      The structure is always checked: key slots, index, snapshots and every directory, and that everything they refer to is \
      there. --read-data also reads, decrypts and compares all that is stored; --read-data-subset does so for a part:
        2/7   the second of seven parts (all seven together are everything)
        5%    a random twentieth
        10G   so many bytes, chosen at random

      Nothing is changed without --repair. With it, what is found damaged is rebuilt from its parity, if the repository was \
      made with --parity; the damaged bytes are kept in the directory quarantine. The exit code is 13 when something is \
      damaged or missing, and is not after a repair that has put everything right.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(help: "Read all stored data.")
  var readData = false

  @Flag(help: "Rebuild what is damaged from its parity, and write parity that is missing.")
  var repair = false

  @Option(help: ArgumentHelp("Read a part of the stored data.", valueName: "n/t|n%|size"))
  var readDataSubset: DataSubset?

  func validate() throws {
    if readData, readDataSubset != nil {
      throw ValidationError("--read-data and --read-data-subset exclude each other")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let selection = readData ? .all : readDataSubset?.selection ?? .none
    return try repository.withRepository(context) { repository in
      let state = CheckState()
      let report = try LongWork.run(showing: context.console.progressLine(context.environment)) {
        state.status
      } cancel: {
      } _: {
        try repository.check(
          CheckOptions(data: selection, repairs: repair, threads: WorkerThreads.processorCount),
          progress: { state.note($0) },
          isCancelled: { Interruption.isRequested })
      }
      try show(report, context.console)
      return report.hasErrors ? .damaged : .done
    }
  }

  private func show(_ report: CheckReport, _ console: Console) throws(CommandError) {
    guard !console.isJSON else { return try show(json: report, console) }
    for finding in report.findings where finding.severity > .note || console.isVerbose {
      let kind = finding.severity == .error ? "error" : finding.severity == .warning ? "warning" : "note"
      try console.print("\(kind): \(Terminal.harmless("\(finding.object): \(finding.message)"))")
      if finding.snapshotCount > 0 {
        let named =
          finding.snapshots.map { String($0.hex.prefix(8)) } + Self.rest(finding.snapshotCount, finding.snapshots)
        try console.print("  in snapshots: \(named.joined(separator: " "))")
      }
      for path in finding.paths { try console.print("  affects \(Terminal.harmless(path))") }
      if finding.pathCount > finding.paths.count {
        try console.print("  and \(Display.count(finding.pathCount - finding.paths.count, "path")) more")
      }
    }
    guard !console.isQuiet else { return }
    let counters = report.counters
    try console.print(
      """
      checked \(Display.count(counters.snapshots, "snapshot")), \(Display.count(counters.trees)) directories, \
      \(Display.count(counters.packs, "pack")) (\(Display.size(counters.packBytes))), \(Display.count(counters.chunks, "chunk"))
      """)
    if counters.packsRead > 0 {
      try console.print("read \(Display.count(counters.packsRead, "pack")), \(Display.size(counters.bytesRead))")
    }
    if counters.healed > 0 { try console.print("rebuilt \(Display.count(counters.healed, "object")) from parity") }
    if counters.parityWritten > 0 {
      try console.print("wrote the parity of \(Display.count(counters.parityWritten, "object"))")
    }
    try console.print(report.hasErrors ? "the repository is damaged" : "no errors were found")
  }

  private static func rest(_ count: Int, _ named: [SnapshotID]) -> [String] {
    count > named.count ? ["and \(count - named.count) more"] : []
  }

  private func show(json report: CheckReport, _ console: Console) throws(CommandError) {
    for finding in report.findings {
      try console.json { json in
        json.field("message_type", "finding")
        json.field("severity", "\(finding.severity)")
        json.field("code", finding.code.description)
        json.field("object", finding.object)
        json.field("message", finding.message)
        json.array("snapshots") { json in finding.snapshots.forEach { json.value($0.hex) } }
        json.field("snapshot_count", finding.snapshotCount)
        json.array("paths") { json in finding.paths.forEach { json.value($0) } }
        json.field("path_count", finding.pathCount)
      }
    }
    try console.json { json in
      let counters = report.counters
      json.field("message_type", "summary")
      json.field("errors", report.findings.count { $0.severity == .error })
      json.field("warnings", report.findings.count { $0.severity == .warning })
      json.field("segments", counters.segments)
      json.field("packs", counters.packs)
      json.field("pack_bytes", counters.packBytes)
      json.field("chunks", counters.chunks)
      json.field("duplicate_chunks", counters.duplicateChunks)
      json.field("snapshots", counters.snapshots)
      json.field("trees", counters.trees)
      json.field("packs_read", counters.packsRead)
      json.field("bytes_read", counters.bytesRead)
      json.field("healed", counters.healed)
      json.field("parity_written", counters.parityWritten)
    }
  }
}

/// How far the check was when it last said so.
private final class CheckState: Sendable {
  private let last = Mutex<CheckProgress?>(nil)

  func note(_ progress: CheckProgress) { last.withLock { $0 = progress } }

  var status: ProgressStatus {
    guard let progress = last.withLock({ $0 }) else { return ProgressStatus(phase: "check") }
    switch progress.phase {
    case .index: return ProgressStatus(phase: "check index", files: progress.done, totalFiles: progress.total)
    case .snapshots: return ProgressStatus(phase: "check snapshots", files: progress.done, totalFiles: progress.total)
    case .data: return ProgressStatus(phase: "check data", bytes: progress.done, totalBytes: progress.total)
    }
  }
}
