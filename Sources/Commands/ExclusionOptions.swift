import ArgumentParser
import Snapshots

/// What a backup leaves out.
struct ExclusionOptions: ParsableArguments {
  @OptionGroup var patterns: ExcludePatternOptions

  @Flag(help: "Leave out the contents of directories marked by a CACHEDIR.TAG.")
  var excludeCaches = false

  @Option(
    help: ArgumentHelp("Leave out the contents of directories that hold an entry of this name.", valueName: "name"))
  var excludeIfPresent: [RawText] = []

  @Option(help: ArgumentHelp("Leave out files larger than this.", valueName: "size"))
  var excludeLargerThan: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Take files of this name for lists of what to leave out where they are, in the manner of .gitignore.",
      valueName: "name"))
  var ignoreFile: [RawText] = []

  @Flag(
    name: [.customShort("x"), .long],
    help: "Stay on the file system of each path; of what is mounted below, only what is a path itself is saved.")
  var oneFileSystem = false

  /// The exclusions.
  /// - Throws: `PatternError` for what is no pattern, or an error that names a file that can't be read.
  func exclusions() throws -> Exclusions {
    var exclusions = Exclusions()
    let (list, texts) = try patterns.patterns()
    var descriptions = texts
    exclusions.patterns = list
    exclusions.caches = excludeCaches
    exclusions.ifPresent = excludeIfPresent.map(\.bytes)
    exclusions.largerThan = excludeLargerThan?.bytes
    exclusions.ignoreFileNames = ignoreFile.map(\.bytes)
    exclusions.oneFileSystem = oneFileSystem
    if excludeCaches { descriptions.append("caches") }
    descriptions += excludeIfPresent.map { "if present: \($0.escaped)" }
    if let size = excludeLargerThan { descriptions.append("larger than \(size.bytes)") }
    descriptions += ignoreFile.map { "ignore file: \($0.escaped)" }
    if oneFileSystem { descriptions.append("other file systems") }
    exclusions.descriptions = descriptions
    return exclusions
  }
}
