/// The rules of one ignore file, with the syntax and meaning of a `.gitignore`.
///
/// A line is a comment if it starts with `#`; a `\` takes away a special meaning; spaces at the end don't count unless
/// escaped. `!` includes again what an earlier line excluded; a `/` at the end makes a rule for directories only; a `/`
/// anywhere else ties it to the file's directory. `*` and `?` don't cross a `/`, `**` as a whole component does. Lines
/// that are no valid pattern match nothing. Only bytes count: `?` is one byte.
public struct IgnoreFile: Sendable {
  private let rules: [IgnoreRule]
  /// Whether some rule looks at more than the name of an entry.
  let needsPaths: Bool

  /// Compiles the text of an ignore file.
  public init(_ contents: some Collection<UInt8>) {
    var text = Array(contents)[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    rules = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard line.first != UInt8(ascii: "#") else { return nil }
      return IgnoreRule(Self.trimmed(line))
    }
    needsPaths = rules.contains { !$0.needsOnlyName }
  }

  /// Whether the file has no rules, so that it decides nothing.
  public var isEmpty: Bool { rules.isEmpty }

  /// `line` without a carriage return and unescaped spaces at its end, and nothing from a NUL on.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    if let end = line.firstIndex(of: 0) { line = line[..<end] }
    var spacesStart: Int?
    var index = line.startIndex
    while index < line.endIndex {
      switch line[index] {
      case UInt8(ascii: " "):
        spacesStart = spacesStart ?? index
      case .backslash:
        index += 1
        // A backslash that ends the line also ends the search, and spaces before it stay.
        if index == line.endIndex { return line }
        spacesStart = nil
      default:
        spacesStart = nil
      }
      index += 1
    }
    return line[..<(spacesStart ?? line.endIndex)]
  }

  /// What the file says of an entry: true to exclude it, false to include it, nil when no rule matches. `path` is relative to
  /// the file's directory, and its name begins at `nameStart`.
  func excludes(_ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool) -> Bool? {
    var number = rules.count - 1
    while number >= 0 {
      if rules[number].matches(path, nameStart: nameStart, isDirectory: isDirectory) { return !rules[number].isNegated }
      number -= 1
    }
    return nil
  }
}
