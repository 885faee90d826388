/// Options before the command, where users of restic and borg write them: `firn -r PLACE snapshots`.
///
/// The parser knows options of a command only behind its name.
enum LeadingOptions {
  private static let flags: Set<String> = ["--json", "--no-cache", "--quiet", "--verbose", "-q", "-v"]
  private static let options: Set<String> = [
    "--cache-dir", "--limit-download", "--limit-upload", "--password-command", "--password-file", "--reconnect-for",
    "--repo", "-r",
  ]

  /// The arguments with the options that every command has moved from before its name to behind what it takes.
  static func moved(_ arguments: [String]) -> [String] {
    var command = 0
    while command < arguments.count {
      let argument = arguments[command]
      let name = argument.prefix { $0 != "=" }
      if flags.contains(argument) || (name.count < argument.count && options.contains(String(name))) {
        command += 1
      } else if options.contains(argument) {
        command += 2
      } else {
        break
      }
    }
    guard command < arguments.count else { return arguments }
    let rest = arguments[command...]
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return Array(rest[..<end] + arguments[..<command] + rest[end...])
  }
}
