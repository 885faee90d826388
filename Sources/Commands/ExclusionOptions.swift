import ArgumentParser
import Patterns
import Snapshots

/// What a backup leaves out.
struct ExclusionOptions: ParsableArguments {
  @Option(
    name: [.customShort("e"), .long],
    help: ArgumentHelp("Leave out what matches; \"!\" before a pattern takes it in again.", valueName: "pattern"))
  var exclude: [RawText] = []

  @Option(help: ArgumentHelp("The same, whatever the case of letters.", valueName: "pattern"))
  var iexclude: [RawText] = []

  @Option(help: ArgumentHelp("Leave out what matches a pattern in this file.", valueName: "file"))
  var excludeFile: [RawText] = []

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

  @Flag(name: [.customShort("x"), .long], help: "Stay on the file system of each path.")
  var oneFileSystem = false

  /// The exclusions; patterns count in the order --exclude, --iexclude, --exclude-file.
  /// - Throws: `PatternError` for what is no pattern, or an error that names a file that can't be read.
  func exclusions() throws -> Exclusions {
    var exclusions = Exclusions()
    var patterns: [PathPattern] = []
    for text in exclude { patterns.append(try PathPattern(text.bytes)) }
    for text in iexclude { patterns.append(try PathPattern(text.bytes, caseSensitivity: .insensitive)) }
    var descriptions = exclude.map(\.escaped) + iexclude.map { "case-insensitive: \($0.escaped)" }
    for file in excludeFile {
      for line in try InputFile.lines(of: file) {
        let text = line.trimmed
        guard let first = text.first, first != UInt8(ascii: "#") else { continue }
        patterns.append(try PathPattern(text))
        descriptions.append(Terminal.escaped(text))
      }
    }
    exclusions.patterns = PathPatternList(patterns)
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

extension RawText {
  /// The bytes without blanks at the ends.
  fileprivate var trimmed: ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return bytes[first...last]
  }
}
