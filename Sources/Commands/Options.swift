import ArgumentParser
import Backend

/// How much a command says, and for whom.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Write JSON for programs instead of text for people.")
  var json = false

  @Flag(name: .shortAndLong, help: "Say nothing but results and errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more: what is done with each entry, for instance.")
  var verbose = false

  func validate() throws {
    if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }
}

/// Which repository, and how to open it.
struct RepositoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("r"), .long],
    help: ArgumentHelp(
      """
      The repository: a directory, volume:NAME:/PATH, blockdev:DEVICE or sftp://USER@HOST/PATH (default: \
      $FIRN_REPOSITORY).
      """,
      valueName: "place"),
    completion: .directory, transform: PlainText.argument)
  var repo: String?

  @Option(
    help: ArgumentHelp(
      "Read the password from a file (default: $FIRN_PASSWORD, $FIRN_PASSWORD_FILE, or a prompt).", valueName: "file"),
    completion: .file(), transform: PlainText.argument)
  var passwordFile: String?

  @Option(
    help: ArgumentHelp(
      "Take the first line that a shell command prints as the password (default: $FIRN_PASSWORD_COMMAND).",
      valueName: "command"))
  var passwordCommand: String?

  @Option(
    help: ArgumentHelp(
      "Where caches are kept (default: $FIRN_CACHE_DIR, $XDG_CACHE_HOME/firn or ~/.cache/firn).", valueName: "dir"),
    completion: .directory, transform: PlainText.argument)
  var cacheDir: String?

  @Flag(help: "Use a cache of this run only, and remove it at the end.")
  var noCache = false

  @Option(
    help: ArgumentHelp(
      """
      Send at most so many KiB a second to the repository, or bytes a second with a unit, such as 2M \
      (default: $\(TransferLimits.uploadVariable), or no limit).
      """, valueName: "rate"), transform: RepositoryOptions.rate)
  var limitUpload: TransferRate?

  @Option(
    help: ArgumentHelp(
      "Read at most so much from it (default: $\(TransferLimits.downloadVariable), or no limit).", valueName: "rate"),
    transform: RepositoryOptions.rate)
  var limitDownload: TransferRate?

  @Option(
    help: ArgumentHelp(
      "Try for so long to make a lost connection to a server again (default: $\(SFTPSettings.patienceVariable), or 3m).",
      valueName: DurationArgument.valueName))
  var reconnectFor: DurationArgument?

  @OptionGroup var volume: VolumeOptions

  func validate() throws {
    if passwordFile != nil, passwordCommand != nil {
      throw ValidationError("give --password-file or --password-command, not both")
    }
    if cacheDir != nil, noCache { throw ValidationError("--cache-dir and --no-cache exclude each other") }
  }

  @Sendable private static func rate(_ text: String) throws -> TransferRate {
    guard let argument = RateArgument(text) else { throw ValidationError(RateArgument.refusal(of: text)) }
    return argument.rate
  }
}
