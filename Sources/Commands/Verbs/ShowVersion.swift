import ArgumentParser

struct ShowVersion: Verb {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Show the version of the program and of the format it writes.")

  @OptionGroup(title: "Output") var output: OutputOptions

  func run(_ context: CommandContext) throws -> ExitCode {
    if context.console.isJSON {
      try context.console.json { json in
        json.field("version", Version.number)
        json.field("format", 1)
      }
    } else {
      try context.console.print("\(Version.program), repository format 1")
    }
    return .done
  }
}
