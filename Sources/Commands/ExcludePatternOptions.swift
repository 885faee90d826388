import ArgumentParser
import Patterns

/// Patterns of what is left out, as backup and rewrite take them.
struct ExcludePatternOptions: ParsableArguments {
  @Option(
    name: [.customShort("e"), .long],
    help: ArgumentHelp(
      """
      Leave out what matches, with all below it. A pattern that begins with "/" starts at the top of the path, any other at \
      any directory; "**" is any number of directories. The last that matches decides, and "!" takes in again. A path that \
      was given is backed up whatever matches it or what is above it; "/**" at its end leaves out what it holds.
      """, valueName: "pattern"))
  var exclude: [RawText] = []

  @Option(help: ArgumentHelp("The same, whatever the case of letters.", valueName: "pattern"))
  var iexclude: [RawText] = []

  @Option(help: ArgumentHelp("Leave out what matches a pattern in this file.", valueName: "file"))
  var excludeFile: [RawText] = []

  /// Whether none was given.
  var isEmpty: Bool { exclude.isEmpty && iexclude.isEmpty && excludeFile.isEmpty }

  /// The patterns and what a snapshot says of them; they count in the order --exclude, --iexclude, --exclude-file.
  /// - Throws: `PatternError` for what is no pattern, or an error that names a file that can't be read.
  func patterns() throws -> (list: PathPatternList, descriptions: [String]) {
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
    return (PathPatternList(patterns), descriptions)
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
