import ArgumentParser
import Backend
import DeviceSignatures
import FileSystem

struct VolumeFormat: Verb {
  static let configuration = CommandConfiguration(
    commandName: "format",
    abstract: "Make an empty volume on a block device, for a repository.",
    discussion: """
      Everything on the device is lost. So a device is refused that holds a file system, a partition table, a part of a RAID \
      or volume group, encrypted data, swap space, an earlier volume of firn, or bytes of unknown meaning at its beginning, \
      unless each of these is named with --erase. One that is mounted or otherwise in use, or of which a partition is, is \
      refused always.

      An image is made with "truncate -s 100G FILE" before. A device or image that has grown later is used to its new end.
      """)

  /// What is said of bytes that nobody knows.
  private static let unknown = "unknown-data"
  /// What is said of a volume.
  private static let volume = "firn"

  @OptionGroup var device: DeviceArgument
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(help: ArgumentHelp("What the volume is called, up to 64 bytes.", valueName: "text"))
  var label = ""

  @Option(
    help: ArgumentHelp("Erase what goes by this name, such as ext4; may be repeated.", valueName: "name"))
  var erase: [String] = []

  @Flag(help: "Say what would be done and change nothing.")
  var dryRun = false

  func validate() throws {
    guard label.utf8.count <= VolumeSuperblock.mostLabelBytes, label.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else {
      throw ValidationError("--label has at most \(VolumeSuperblock.mostLabelBytes) bytes and no control characters")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let path = try device.path()
    let looked = try Volume.look(at: path)
    let found = try occupants(looked)
    try refuseUnnamed(found, looked.place)
    context.console.note(
      "\(dryRun ? "would make" : "making") a volume of \(Display.size(looked.size)) on \(looked.place.escaped)"
        + (found.isEmpty
          ? ", which is empty" : "; lost \(dryRun ? "would be" : "is"): \(found.joined(separator: ", "))"))
    guard !dryRun else { return .done }
    if !found.isEmpty { try SignatureProbe(at: looked.place, erasing: true).erase() }
    let made = try Volume.format(at: path, label: label, created: context.now.seconds)
    try report(made, looked, found, context.console)
    return .done
  }

  /// The names of all that is on the device.
  private func occupants(_ looked: VolumeLook) throws -> [String] {
    var found = try SignatureProbe(at: looked.place, erasing: false).names()
    if looked.hasVolume { found.append(Self.volume) }
    return found.isEmpty && !looked.isEmpty ? [Self.unknown] : found
  }

  private func refuseUnnamed(_ found: [String], _ place: PathBytes) throws(CommandError) {
    let unnamed = found.filter { !erase.contains($0) }
    guard !unnamed.isEmpty else { return }
    let options = found.map { "--erase \($0)" }.joined(separator: " ")
    throw CommandError(
      .failed,
      "\(place.escaped) holds \(unnamed.joined(separator: ", ")) and was left as it is. If that is to be lost: \(options)"
    )
  }

  private func report(
    _ made: VolumeSuperblock, _ looked: VolumeLook, _ erased: [String], _ console: Console
  ) throws(CommandError) {
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "volume_formatted")
        json.field("device", path: looked.place.bytes)
        json.field("uuid", made.uuid.text)
        json.field("label", made.label)
        json.field("size", looked.size)
        json.array("erased") { json in erased.forEach { json.value($0) } }
      }
    }
    guard !console.isQuiet else { return }
    try console.print("made volume \(made.uuid.text) on \(looked.place.escaped)")
  }
}
