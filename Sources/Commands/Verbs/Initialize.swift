import ArgumentParser
import Backend
import Format
import Repository

struct Initialize: RepositoryVerb {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new repository.",
    discussion: """
      The place is a directory that is empty or does not exist yet: PATH on this machine, or on another one \
      sftp://USER@HOST:PORT/PATH or sftp:USER@HOST:PATH; or blockdev:DEVICE, a device without a file system that \
      "firn volume format" has prepared. The password is asked for twice. Whoever loses every \
      password of a repository loses what is in it: nobody can open it then.
      """)

  @OptionGroup(title: "Repository") var repository: RepositoryOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup var cost: KeyCost

  @Option(
    help: ArgumentHelp(
      "The average length that files are cut into, a power of two from 16K to 2M; larger ones make a smaller index and find fewer duplicates.",
      valueName: "size"))
  var chunkSize = SizeArgument(bytes: 16 << 10)

  @Option(help: ArgumentHelp("The length that pack files grow to, from 1M to 1G.", valueName: "size"))
  var packSize = SizeArgument(bytes: 64 << 20)

  @Option(
    help: ArgumentHelp(
      "Store so much parity beside everything, from 1% to 10%, by which check --repair mends damaged bytes in place; 3% costs little.",
      valueName: "n%"))
  var parity: PercentageArgument?

  @Option(help: ArgumentHelp("What the first key slot is called.", valueName: "text"))
  var label = ""

  func validate() throws {
    guard (16 << 10)...(2 << 20) ~= chunkSize.bytes, chunkSize.bytes.nonzeroBitCount == 1 else {
      throw ValidationError("--chunk-size is a power of two from 16K to 2M")
    }
    guard (1 << 20)...(1 << 30) ~= packSize.bytes else { throw ValidationError("--pack-size is from 1M to 1G") }
    guard parity.map({ Limits.parityPercentage.contains($0.percentage) }) ?? true else {
      throw ValidationError("--parity is from 1% to 10%")
    }
  }

  func run(_ context: CommandContext) throws -> ExitCode {
    var parameters = RepositoryParameters()
    parameters.averageChunkSize = UInt32(chunkSize.bytes)
    parameters.minimumChunkSize = UInt32(chunkSize.bytes / 4)
    parameters.maximumChunkSize = UInt32(chunkSize.bytes * 4)
    parameters.frameTarget = max(parameters.frameTarget, parameters.maximumChunkSize)
    parameters.packTarget = packSize.bytes
    parameters.parityPercentage = parity?.percentage ?? 0
    let limits = try TransferLimits(repository, environment: context.environment)
    let location = try RepositoryLocation(repository.repo, environment: context.environment)
    // The place first: there is no point in asking for a password when it can't be used.
    let backend = limits.limiting(try location.create(context.environment))
    // As it was typed where that says it; a server's name may be an alias.
    let path = location.localPath ?? location.devicePath ?? backend.location
    let password = try repository.password(for: path, context, isNew: true)
    let uuid = try Repository.create(
      on: backend, password: password, parameters: parameters,
      slot: KeySlotLabel(label: label, host: context.hostName, user: context.userName), cost: cost.cost,
      now: Timestamp(context.now))
    try report(uuid, at: path, context.console)
    return .done
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
