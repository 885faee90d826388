import ArgumentParser
import Backend
import Repository

/// The repositories that a command copies to, and how to open them.
struct CopyTargetOptions: ParsableArguments {
  static let variable = "FIRN_TO_PASSWORD"

  @Option(
    name: .long,
    help: ArgumentHelp("A repository to copy to, as -r names one (may be repeated).", valueName: "place"),
    completion: .directory, transform: PlainText.argument)
  var to: [String] = []

  @Option(
    help: ArgumentHelp(
      "Read its password from a file: one for all targets, or one for each in their order (default: $\(variable), $\(variable)_FILE, or a prompt for each).",
      valueName: "file"), completion: .file(), transform: PlainText.argument)
  var toPasswordFile: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take the first line that a shell command prints as its password; as often as files (default: $\(variable)_COMMAND).",
      valueName: "command"))
  var toPasswordCommand: [String] = []

  func validate() throws {
    if to.isEmpty { throw ValidationError("say where to copy to: --to PLACE") }
    if !toPasswordFile.isEmpty, !toPasswordCommand.isEmpty {
      throw ValidationError("give --to-password-file or --to-password-command, not both")
    }
    for given in [toPasswordFile, toPasswordCommand] where given.count > 1 && given.count != to.count {
      throw ValidationError("give one password for all targets, or one for each --to")
    }
  }

  /// Opens a target.
  ///
  /// - Parameters:
  ///   - others: the repositories that are open; it can be none of them, since a cache is opened once.
  ///   - options: those of the source, whose caches and limits count for the targets too.
  func open(
    _ number: Int, beside others: [Repository], as options: RepositoryOptions, cacheDirectory: String,
    _ context: CommandContext
  ) throws -> Repository {
    let location = try RepositoryLocation(to[number], environment: context.environment)
    let backend = try options.openBackend(at: location, context)
    guard !others.contains(where: { $0.location == backend.location }) else {
      throw CommandError(
        .usage, "\(Terminal.escaped(to[number].utf8)) is the repository that is copied from, or named twice")
    }
    let password = try passwordSource(number, context.environment).secret(for: backend.location)
    do throws(RepositoryError) {
      return try Repository.open(
        backend, password: password, cacheDirectory: cacheDirectory, willOpenCache: CacheGuard.watch)
    } catch {
      guard error.code == .wrongPassword else { throw error }
      throw CommandError(
        .wrongPassword, "\(error); it is that of --to-password-file, --to-password-command or $\(Self.variable)")
    }
  }

  /// Where the password of a target comes from.
  func passwordSource(_ number: Int, _ environment: Environment) throws(CommandError) -> PasswordSource {
    try PasswordSource(
      file: Self.given(toPasswordFile, number), command: Self.given(toPasswordCommand, number),
      environment: environment, variable: Self.variable)
  }

  private static func given(_ values: [String], _ number: Int) -> String? {
    values.count > 1 ? values[number] : values.first
  }
}
