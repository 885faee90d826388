import ArgumentParser
import Backend

struct VolumeCheckVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a volume's superblocks, its log, and that nothing has the same space twice.",
    discussion: """
      Both superblocks and both copies of the log are read. The exit code is 13 when one of them is damaged. --repair writes \
      anew what the other copy still has; what neither has is lost, and "firn check" says what of the repository that was. \
      Where a file system or anything else was made over the volume since, that is lost too, and has to be named with --erase.
      """)

  @OptionGroup var device: DeviceArgument
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(help: "Write superblocks and log anew from the copy that is whole.")
  var repair = false

  @Option(
    help: ArgumentHelp(
      "Erase what was made over the volume and goes by this name, such as ext4; may be repeated.", valueName: "name"))
  var erase: [String] = []

  func validate() throws {
    if !erase.isEmpty, !repair { throw ValidationError("--erase is for --repair") }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let path = try device.path()
    var check = try VolumeCheck(at: path)
    for finding in check.findings { try show(finding, context.console) }
    let damage = check.findings.filter { $0.severity != .note }
    if repair, !damage.isEmpty, damage.allSatisfy({ $0.severity == .warning }) {
      try VolumeCheck.repair(at: path, erasing: erase)
      check = try VolumeCheck(at: path)
      for finding in check.findings where finding.severity != .note { try show(finding, context.console) }
    }
    try summarize(check, damage.count, context.console)
    return check.isSound ? .done : .damaged
  }

  private func show(_ finding: VolumeCheck.Finding, _ console: Console) throws(CommandError) {
    guard console.isJSON else { return try console.print("\(finding.severity): \(Terminal.harmless(finding.message))") }
    try console.json { json in
      json.field("message_type", "finding")
      json.field("severity", finding.severity.rawValue)
      json.field("code", finding.code.rawValue)
      json.field("message", finding.message)
    }
  }

  private func summarize(_ check: VolumeCheck, _ damaged: Int, _ console: Console) throws(CommandError) {
    let isRepaired = check.isSound && damaged > 0
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "summary")
        json.field("sound", check.isSound)
        json.field("damaged", damaged)
        json.field("repaired", isRepaired)
      }
    }
    guard !console.isQuiet else { return }
    try console.print(
      check.isSound ? isRepaired ? "repaired; the volume is sound" : "the volume is sound" : "the volume is damaged")
  }
}
