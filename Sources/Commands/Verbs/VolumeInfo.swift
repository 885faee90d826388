import ArgumentParser
import Backend
import FileSystem

struct VolumeInfo: Verb {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show what a volume is and how its space is used.")

  @OptionGroup var device: DeviceArgument
  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    let volume = try Volume(at: try device.path())
    if let warning = volume.warning { context.console.warning(warning) }
    let summary = try volume.summary()
    guard context.console.isJSON else {
      try show(summary, context.console)
      return .done
    }
    try context.console.json { json in json.fields(of: summary) }
    return .done
  }

  private func show(_ summary: VolumeSummary, _ console: Console) throws(CommandError) {
    var table = Table([.init(""), .init("", .right), .init("")])
    func row(_ title: String, _ bytes: UInt64, _ remark: String = "") {
      table.append([title, Display.size(bytes), remark])
    }
    func row(_ title: String, _ share: VolumeSummary.Share, _ noun: String) {
      row(title, share.bytes, Display.count(share.count, noun))
    }
    try console.print("volume \(summary.superblock.uuid.text) on \(summary.place.escaped)")
    if !summary.superblock.label.isEmpty {
      try console.print("label \(Terminal.escaped(summary.superblock.label.utf8))")
    }
    try console.print("made \(Display.localTime(Instant(seconds: summary.superblock.created)))")
    row("size", summary.size)
    row("free", summary.free)
    row("reserve", summary.reserve, "which a prune may use when nothing else is free")
    row("objects", summary.objects, "object")
    row("staged", summary.staged, "upload")
    row("quarantine", summary.quarantine, "object")
    row("log", summary.log, "\(summary.logBlocksUsed.used) of \(summary.logBlocksUsed.all) blocks used")
    try console.output.write(table.rendered(withTitles: false))
  }
}

extension JSONWriter {
  fileprivate mutating func fields(of summary: VolumeSummary) {
    field("device", path: summary.place.bytes)
    field("uuid", summary.superblock.uuid.text)
    field("label", summary.superblock.label)
    field("created", Display.rfc3339(Instant(seconds: summary.superblock.created)))
    field("size", summary.size)
    field("free", summary.free)
    field("reserve", summary.reserve)
    field("log", summary.log)
    field("generation", summary.superblock.generation)
    for (name, share) in [
      ("objects", summary.objects), ("staged", summary.staged), ("quarantine", summary.quarantine),
    ] {
      object(name) { json in
        json.field("count", share.count)
        json.field("bytes", share.bytes)
      }
    }
  }
}
