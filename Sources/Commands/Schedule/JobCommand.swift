import ArgumentParser
import Backend
import Glibc
import Scheduling

/// A firn command that is to run on a schedule: understood before it is installed, and not at half past two at night.
struct JobCommand {
  /// What firn reads and a timer doesn't have: kept with the job. `FIRN_PASSWORD` is not among them, as a password lies
  /// in a file that its owner protects, and nowhere else.
  private static let kept = [
    RepositoryLocation.variable, PasswordSource.variable + "_FILE", PasswordSource.variable + "_COMMAND",
    CopyTargetOptions.variable + "_FILE", CopyTargetOptions.variable + "_COMMAND",
    CacheDirectory.variable, StateDirectory.variable, TransferLimits.uploadVariable, TransferLimits.downloadVariable,
    SFTPSettings.patienceVariable,
  ]

  let arguments: [[UInt8]]
  /// `NAME=VALUE`.
  let variables: [[UInt8]]

  /// - Throws: a usage error for what is no firn command, or would ask for a password.
  init(_ words: [RawText], _ environment: Environment) throws(CommandError) {
    arguments = words.map(\.bytes)
    variables = Self.kept.compactMap { name in environment[name].map { Array("\(name)=".utf8) + $0 } }
    let command = try Self.parse(arguments)
    if let command = command as? any RepositoryVerb { try Self.check(command.repository, environment) }
    if let backup = command as? Backup, backup.sources.stdin {
      throw CommandError(.usage, "a job has no standard input; --stdin-from-command saves what a program prints")
    }
    if let copy = command as? Copy { try Self.check(copy.targets, environment) }
  }

  private static func parse(_ arguments: [[UInt8]]) throws(CommandError) -> any ParsableCommand {
    let parsed = Result { try Firn.parseAsRoot(LeadingOptions.moved(arguments.map(RawArguments.text))) }
    switch parsed {
    case .success(let command):
      let isVerb = command is any Verb && !(command is any ScheduleVerb)
      guard isVerb else { throw CommandError(.usage, "a job is a firn command such as \"backup /etc\"") }
      return command
    case .failure(let error):
      throw CommandError(.usage, "the job's command: \(Firn.message(for: error))")
    }
  }

  private static func check(_ options: RepositoryOptions, _ environment: Environment) throws(CommandError) {
    _ = try RepositoryLocation(options.repo, environment: environment)
    _ = try TransferLimits(options, environment: environment)
    _ = try SFTPSettings(options, environment: environment)
    try check(
      try PasswordSource(file: options.passwordFile, command: options.passwordCommand, environment: environment),
      "--password-file", PasswordSource.variable, environment)
  }

  private static func check(_ targets: CopyTargetOptions, _ environment: Environment) throws(CommandError) {
    for number in targets.to.indices {
      _ = try RepositoryLocation(targets.to[number], environment: environment)
      try check(
        try targets.passwordSource(number, environment), "--to-password-file", CopyTargetOptions.variable, environment)
    }
  }

  /// - Parameters:
  ///   - option: what names a password file.
  ///   - variable: begins the names of the variables in its place.
  private static func check(
    _ given: PasswordSource, _ option: String, _ variable: String, _ environment: Environment
  ) throws(CommandError) {
    var source = given
    if case .variable = source {
      // What the timer will find without the variable.
      source = try PasswordSource(
        file: nil, command: nil, environment: environment.only(kept), variable: variable)
    }
    switch source {
    case .variable, .prompt:
      throw CommandError(
        .usage,
        "nobody is there to give a job its password, and $\(variable) is not written down: add \(option) to the "
          + "job's command, or set \(variable)_FILE")
    case .file(let path) where access(path, R_OK) != 0:
      throw .system("read", "the password file \(Terminal.escaped(path.utf8))", exitCode: .usage)
    case .file, .command: break
    }
  }
}
