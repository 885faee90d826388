import ArgumentParser

struct VolumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume",
    abstract: "Prepare and look at a block device that holds a repository without a file system.",
    discussion: """
      DEVICE is the path of a whole device, a partition or a logical volume, best by its name in /dev/disk/by-id, or of a \
      file that is used like one. After "format", make the repository with "firn init -r blockdev:DEVICE".

      What is in the repository is checked by "firn check"; "volume check" looks at what a file system would be elsewhere.
      """,
    subcommands: [VolumeFormat.self, VolumeInfo.self, VolumeCheckVerb.self])
}

/// The device that a command of `volume` is about.
struct DeviceArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The device or image, with or without \"blockdev:\" before it.", valueName: "device"),
    completion: .file(), transform: PlainText.argument)
  var place: String

  /// Its path.
  func path() throws(CommandError) -> String { try RepositoryLocation.devicePath(place) }
}
