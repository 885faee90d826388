import ArgumentParser

/// A command of `firn`: one per file in `Verbs/`.
protocol Verb: ParsableCommand {
  var output: OutputOptions { get }

  /// Does the work.
  /// - Returns: how the process is to exit; errors that are thrown have their own codes.
  func run(_ context: CommandContext) throws -> ExitCode
}

extension Verb {
  mutating func run() throws {
    let context = CommandContext.process(output)
    let code = try run(context)
    try context.console.output.flush()
    if code != .done { throw Outcome(code: code) }
  }
}

/// A command that works on an open repository.
protocol RepositoryVerb: Verb {
  var repository: RepositoryOptions { get }
}

/// The way out for a command that did what it could and has told what it couldn't.
struct Outcome: Error {
  let code: ExitCode
}
