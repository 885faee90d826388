import ArgumentParser
import Format
import Repository
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
      --older-than reads what this client has not read and found good for so long, what it never has first; with --time it \
      stops after a while and goes on there the next time. So "check --older-than 30d --time 1h" every night reads all in turn.

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

  @Option(
    help: ArgumentHelp(
      "Read the data that this client has not read and found good for so long.", valueName: DurationArgument.valueName)
  )
  var olderThan: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Begin to read no other pack after so long, and say what remains.", valueName: DurationArgument.valueName))
  var time: DurationArgument?

  func validate() throws {
    let selections = [readData, readDataSubset != nil, olderThan != nil].count { $0 }
    if selections > 1 {
      throw ValidationError("--read-data, --read-data-subset and --older-than exclude each other")
    }
    if time != nil, selections == 0 {
      throw ValidationError(
        "--time limits how long data is read: give --read-data, --read-data-subset or --older-than too")
    }
  }

  private func options(_ context: CommandContext) -> CheckOptions {
    var options = CheckOptions(threads: WorkerThreads.processorCount)
    let now = Timestamp(context.now)
    if readData {
      options.data = .all
    } else if let olderThan {
      options.data = .notVerified(since: Timestamp(seconds: now.seconds - olderThan.duration.components.seconds))
    } else if let readDataSubset {
      options.data = readDataSubset.selection
    }
    options.repairs = repair
    options.timeLimit = time?.duration
    options.time = now
    options.nameLimit = context.console.checkNameLimit
    return options
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let latest = LatestProgress<CheckProgress>()
      let report = try LongWork.run(showing: context.console.progressLine(context.environment)) {
        ProgressStatus(check: latest.value)
      } cancel: {
      } _: {
        try repository.check(
          options(context), progress: { latest.note($0) }, isCancelled: { Interruption.isRequested })
      }
      try show(report, context.console)
      return report.hasErrors ? .damaged : .done
    }
  }

  private func show(_ report: CheckReport, _ console: Console) throws(CommandError) {
    guard !console.isJSON else { return try show(json: report, console) }
    // That something was not checked must not look like that it is sound.
    for finding in report.findings
    where finding.severity > .note || finding.code == .notChecked || console.isVerbose {
      try console.show(finding)
    }
    guard !console.isQuiet else { return }
    let counters = report.counters
    try console.print(
      """
      checked \(Display.count(counters.snapshots, "snapshot")), \(Display.count(counters.trees, "tree object")), \
      \(Display.count(counters.packs, "pack")) (\(Display.size(counters.packBytes))), \(Display.count(counters.chunks, "chunk"))
      """)
    if counters.packsRead > 0 {
      try console.print("read \(Display.count(counters.packsRead, "pack")), \(Display.size(counters.bytesRead))")
    }
    if counters.packsRemaining > 0 {
      try console.print(
        "the time was up: \(Display.count(counters.packsRemaining, "pack")), \(Display.size(counters.bytesRemaining)) remain"
      )
    }
    if let verified = counters.verified, let text = verified.text { try console.print(text) }
    if counters.healed > 0 { try console.print("rebuilt \(Display.count(counters.healed, "object")) from parity") }
    if counters.parityWritten > 0 {
      try console.print("wrote the parity of \(Display.count(counters.parityWritten, "object"))")
    }
    try console.print(report.hasErrors ? "the repository is damaged; see \"firn help repair\"" : "no errors were found")
  }

  private func show(json report: CheckReport, _ console: Console) throws(CommandError) {
    for finding in report.findings {
      try console.json { $0.fields(of: finding) }
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
      json.field("packs_remaining", counters.packsRemaining)
      json.field("bytes_remaining", counters.bytesRemaining)
      if let verified = counters.verified { json.verified(verified) }
      json.field("healed", counters.healed)
      json.field("parity_written", counters.parityWritten)
    }
  }
}

extension VerifiedPacks {
  /// When how much was read last; nil if nothing ever was.
  fileprivate var text: String? {
    guard groups.contains(where: { $0.packs > 0 }) else { return nil }
    var parts: [String] = []
    var previous = 0
    for group in groups {
      if group.packs > 0 {
        let age = group.days.map { "within \(Display.count($0, "day"))" } ?? "more than \(previous) days ago"
        parts.append("\(age) \(Display.count(group.packs, "pack")) (\(Display.size(group.bytes)))")
      }
      previous = group.days ?? previous
    }
    if neverPacks > 0 { parts.append("never \(Display.count(neverPacks, "pack")) (\(Display.size(neverBytes)))") }
    return "last read and found good: \(parts.joined(separator: ", "))"
  }
}

extension JSONWriter {
  /// When how much was read last.
  fileprivate mutating func verified(_ verified: VerifiedPacks) {
    array("verified") { json in
      for group in verified.groups {
        json.object { json in
          if let days = group.days { json.field("within_days", days) }
          json.field("packs", group.packs)
          json.field("bytes", group.bytes)
        }
      }
    }
    field("never_verified_packs", verified.neverPacks)
    field("never_verified_bytes", verified.neverBytes)
  }
}

extension ProgressStatus {
  /// Of a check.
  fileprivate init(check progress: CheckProgress?) {
    guard let progress else {
      self.init(phase: "check")
      return
    }
    switch progress.phase {
    case .index: self.init(phase: "check index", files: progress.done, totalFiles: progress.total)
    case .snapshots: self.init(phase: "check snapshots", files: progress.done, totalFiles: progress.total)
    case .data: self.init(phase: "check data", bytes: progress.done, totalBytes: progress.total)
    }
  }
}
