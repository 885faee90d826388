import ArgumentParser
import Backend
import Format
import Repository

struct Initialize: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new repository.",
    discussion: """
      The place is a directory that is empty or does not exist yet: PATH on this machine, volume:NAME:/PATH on a mounted \
      volume of that label, UUID or name in /dev/disk/by-id, or on another machine sftp://USER@HOST:PORT/PATH or \
      sftp:USER@HOST:PATH; or blockdev:DEVICE, a device without a file system that "firn volume format" has prepared. \
      The password is asked for twice. Whoever loses every \
      password of a repository loses what is in it: nobody can open it then.

      With --like the new repository takes over the sizes and parity of another one, and the two secrets by which that \
      names chunks and cuts files, so that "firn copy" moves what it has without renaming anything, and backups to \
      either find what was copied. All other keys, and the password, are its own.
      """)

  static let likeVariable = "FIRN_LIKE_PASSWORD"

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup var cost: KeyCost

  @Option(
    help: ArgumentHelp("Make it fit for copies from this repository, and for copies to it.", valueName: "place"),
    completion: .directory, transform: PlainText.argument)
  var like: String?

  @Option(
    help: ArgumentHelp(
      "Read the password of that repository from a file (default: $\(Initialize.likeVariable), $\(Initialize.likeVariable)_FILE, or a prompt).",
      valueName: "file"), completion: .file(), transform: PlainText.argument)
  var likePasswordFile: String?

  @Option(
    help: ArgumentHelp(
      "Take the first line that a shell command prints as that password (default: $\(Initialize.likeVariable)_COMMAND).",
      valueName: "command"))
  var likePasswordCommand: String?

  @Option(
    help: ArgumentHelp(
      "The average length that files are cut into, a power of two from 16K to 2M; larger ones make a smaller index and find fewer duplicates (default: 16 KiB).",
      valueName: "size"))
  var chunkSize: SizeArgument?

  @Option(
    help: ArgumentHelp("The length that pack files grow to, from 1M to 1G (default: 64 MiB).", valueName: "size"))
  var packSize: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Store so much parity beside everything, from 1% to 10%, by which check --repair mends damaged bytes in place; 3% costs little.",
      valueName: "n%"))
  var parity: PercentageArgument?

  @Option(help: ArgumentHelp("What the first key slot is called.", valueName: "text"))
  var label = ""

  func validate() throws {
    if let chunkSize {
      guard (16 << 10)...(2 << 20) ~= chunkSize.bytes, chunkSize.bytes.nonzeroBitCount == 1 else {
        throw ValidationError("--chunk-size is a power of two from 16K to 2M")
      }
      if like != nil { throw ValidationError("--chunk-size is that of the other repository with --like") }
    }
    if like == nil, likePasswordFile != nil || likePasswordCommand != nil {
      throw ValidationError("--like-password-file and --like-password-command are for --like")
    }
    guard packSize.map({ (1 << 20)...(1 << 30) ~= $0.bytes }) ?? true else {
      throw ValidationError("--pack-size is from 1M to 1G")
    }
    guard parity.map({ Limits.parityPercentage.contains($0.percentage) }) ?? true else {
      throw ValidationError("--parity is from 1% to 10%")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    let limits = try TransferLimits(repository, environment: context.environment)
    let settings = try SFTPSettings(repository, context)
    let location = try RepositoryLocation(repository.repo, environment: context.environment)
    let cache = try CacheDirectory(repository, context)
    // What can't be opened must leave nothing behind.
    let other = try openOther(cache.path, context)
    let path = try RepositoryLocation.text(repository.repo, environment: context.environment)
    let password = try repository.password(for: path, context, isNew: true)
    let place = try location.create(context, settings, repository.volume.demands)
    let backend = limits.limiting(place.backend)
    var parameters = parameters(like: other)
    parameters.filesystem = place.filesystem
    let uuid = try Repository.create(
      on: backend, password: password, parameters: parameters, like: other,
      slot: KeySlotLabel(label: label, host: context.hostName, user: context.userName), cost: cost.cost,
      now: Timestamp(context.now))
    try place.remember(uuid)
    try report(uuid, at: path, context.console)
    return .done
  }

  /// The repository that the new one is to be like.
  private func openOther(_ cache: String, _ context: CommandContext) throws -> Repository? {
    guard let like else { return nil }
    let place = try RepositoryLocation(like, environment: context.environment)
    let backend = try repository.openBackend(at: place, context)
    let source = try PasswordSource(
      file: likePasswordFile, command: likePasswordCommand, environment: context.environment,
      variable: Self.likeVariable)
    return try Repository.open(
      backend, password: try source.secret(for: backend.location), cacheDirectory: cache,
      willOpenCache: CacheGuard.watch)
  }

  private func parameters(like other: Repository?) -> RepositoryParameters {
    var parameters = other.map { RepositoryParameters($0.configuration) } ?? RepositoryParameters()
    if let chunkSize {
      parameters.averageChunkSize = UInt32(chunkSize.bytes)
      parameters.minimumChunkSize = UInt32(chunkSize.bytes / 4)
      parameters.maximumChunkSize = UInt32(chunkSize.bytes * 4)
      parameters.frameTarget = max(parameters.frameTarget, parameters.maximumChunkSize)
    }
    if let packSize { parameters.packTarget = packSize.bytes }
    if let parity { parameters.parityPercentage = parity.percentage }
    return parameters
  }

  private func report(_ uuid: RepositoryUUID, at path: String, _ console: Console) throws(CommandError) {
    guard !console.isJSON else {
      return try console.json { json in
        json.field("message_type", "initialized")
        json.field("id", uuid.hex)
        json.field("repository", path)
      }
    }
    guard !console.isQuiet else { return }
    try console.print(
      """
      made repository \(uuid.hex.prefix(8)) at \(Terminal.escaped(path.utf8))
      Keep the password safe: without it nothing in the repository can be read.
      """)
  }
}
