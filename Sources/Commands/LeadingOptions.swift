/// Options before the command, where users of restic and borg write them: `firn -r PLACE snapshots`.
///
/// The parser knows options of a command only behind its name.
enum LeadingOptions {
  private static let flags: Set<String> = [
    "--accept-volume", "--json", "--no-cache", "--quiet", "--require-mount", "--verbose", "-q", "-v",
  ]
  private static let options: Set<String> = [
    "--cache-dir", "--limit-download", "--limit-upload", "--password-command", "--password-file", "--reconnect-for",
    "--repo", "-r",
  ]

  /// The arguments with the options that every command has moved from before its name to behind what it takes. Those that it
  /// has itself count: before its name they may be an alias's.
  static func moved(_ arguments: [String]) -> [String] {
    var leading: [ArraySlice<String>] = []
    var rest = arguments[...]
    while let argument = rest.first {
      let count = length(argument)
      guard count > 0 else { break }
      leading.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    guard !rest.isEmpty else { return arguments }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    let repeated = Set(rest[..<end].lazy.filter { length($0) > 0 }.map(name))
    let kept = leading.filter { words in words.first.map { !repeated.contains(name(of: $0)) } ?? false }
    return Array(rest[..<end]) + kept.joined() + rest[end...]
  }

  /// How many arguments one that every command has takes up, with itself; 0 for another one.
  private static func length(_ argument: String) -> Int {
    if flags.contains(argument) { return 1 }
    if options.contains(argument) { return 2 }
    return argument.contains("=") && options.contains(name(of: argument)) ? 1 : 0
  }

  private static func name(of argument: String) -> String {
    let name = String(argument.prefix { $0 != "=" })
    return name == "-r" ? "--repo" : name
  }
}
