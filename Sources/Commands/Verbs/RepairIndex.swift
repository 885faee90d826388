import ArgumentParser
import Format
import Repository

struct RepairIndex: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Make the index again from the packs.",
    discussion: """
      Packs that no readable index segment names are opened and entered; packs that are gone are struck out; segments that \
      can't be read are set aside. Packs that can't be opened are named: "repair packs" is for them.

      The password must be that of a key with the role "full". The exit code is 13 when something is left that could not be \
      repaired.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(help: "Compare every pack with what the index says of it, not only those that it lacks.")
  var readAll = false

  @Flag(name: [.customShort("n"), .long], help: "Change nothing; say what would be done.")
  var dryRun = false

  func run(_ context: CommandContext) throws -> ExitCode {
    try repository.withRepository(context) { repository in
      let latest = LatestProgress<CheckProgress>()
      let report = try LongWork.run(showing: context.console.progressLine(context.environment)) {
        ProgressStatus(repair: latest.value)
      } cancel: {
      } _: {
        try repository.repairIndex(
          readsAll: readAll, isDryRun: dryRun, by: SessionOwner(context), watch: .process(context),
          progress: { latest.note($0) },
          isCancelled: { Interruption.isRequested })
      }
      try show(report, context.console)
      return report.unreadablePacks.isEmpty && report.leftAlone.isEmpty ? .done : .damaged
    }
  }

  private func show(_ report: IndexRepairReport, _ console: Console) throws(CommandError) {
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "summary")
        json.field("dry_run", dryRun)
        json.field("segments", report.segments)
        json.field("packs", report.packs)
        json.problems("healed_segments", report.healedSegments)
        json.problems("damaged_segments", report.damagedSegments)
        json.array("replaced_segments") { json in report.replacedSegments.forEach { json.value($0.text) } }
        json.array("entered_packs") { json in report.enteredPacks.forEach { json.value($0.hex) } }
        json.array("corrected_packs") { json in report.correctedPacks.forEach { json.value($0.hex) } }
        json.array("missing_packs") { json in report.missingPacks.forEach { json.value($0.hex) } }
        json.problems("unreadable_packs", report.unreadablePacks)
        json.problems("left_alone", report.leftAlone)
        json.field("written_segments", report.writtenSegments)
      }
    }
    try console.show(report.healedSegments, as: "rebuilt from its parity")
    try console.show(report.damagedSegments, as: dryRun ? "would be set aside" : "set aside")
    if console.isVerbose {
      for id in report.replacedSegments { try console.print("replaced: index/\(id)") }
      for id in report.enteredPacks { try console.print("entered: packs/\(id)") }
    }
    for id in report.correctedPacks { try console.print("corrected: packs/\(id)") }
    for id in report.missingPacks { try console.print("missing: packs/\(id)") }
    try console.show(report.unreadablePacks, as: "can't be opened")
    try console.show(report.leftAlone, as: "left alone")
    guard !console.isQuiet else { return }
    try console.print(
      """
      \(Display.count(report.segments, "segment")), \(Display.count(report.packs, "pack")): \
      \(report.enteredPacks.count) entered, \(report.correctedPacks.count) corrected, \
      \(report.missingPacks.count) missing, \(report.unreadablePacks.count) can't be opened
      """)
    if report.isClean { try console.print("the index is whole") }
    if dryRun { try console.print("dry run: nothing was changed") }
  }
}
