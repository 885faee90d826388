/// A shell pattern over paths, as `--exclude` and `--include` take it.
///
/// - `*` is any run of bytes within a path component, `?` one character, `[a-z]`, `[!a-z]` and `[[:digit:]]` one
///   character of a set, `**` as a whole component any number of components, and `\` takes away a special meaning.
/// - A pattern that starts with `/` starts at the top of the path; any other may start at any component.
/// - A pattern that matches a directory matches everything below it.
/// - A pattern that starts with `!` takes back what an earlier pattern of its list matched.
///
/// Paths are raw bytes; a byte that is not UTF-8 counts as one character.
public struct PathPattern: Sendable {
  /// Whether the pattern starts with `!`.
  public let isNegated: Bool
  /// Whether the name alone decides if the pattern matches exactly there.
  let needsOnlyName: Bool
  /// Whether the pattern ends in `/**`, so that what it is about is what a directory holds.
  let isAboutContents: Bool
  private let glob: Glob

  /// Compiles `pattern`. Empty and `.` components count for nothing, as does a slash at the end; alone they are no pattern.
  /// - Throws: a `PatternError` that quotes the pattern.
  public init(
    _ pattern: some Collection<UInt8>, caseSensitivity: CaseSensitivity = .sensitive
  ) throws(PatternError) {
    let whole = Array(pattern)[...]
    isNegated = whole.first == UInt8(ascii: "!")
    let text = isNegated ? whole.dropFirst() : whole
    guard !text.isEmpty else { throw PatternError(.empty, "is empty", in: whole) }

    var components = text.split(separator: .slash).filter { $0 != [UInt8(ascii: ".")] }
    if components.contains([UInt8(ascii: "."), UInt8(ascii: ".")]) {
      throw PatternError(.parentDirectory, "holds \"..\", which no path does", in: whole)
    }
    // Whoever says "." means the directory he is in, and not everything anywhere.
    if components.isEmpty, text.contains(UInt8(ascii: ".")) {
      throw PatternError(.empty, "names no file; a pattern is no path from the working directory", in: whole)
    }
    // What is below a match is matched anyway, so for what a pattern matches a last "**" adds nothing.
    isAboutContents = components.last == Self.deepStars
    while components.last == Self.deepStars { components.removeLast() }

    let isAnchored = text.first == .slash
    needsOnlyName = !isAnchored && components.count == 1
    var parser = GlobParser(Glob.Options(takesScalars: true, folds: caseSensitivity == .insensitive))
    if components.isEmpty {
      parser.append(.anything)
    } else if !isAnchored && !needsOnlyName && components.first != Self.deepStars {
      parser.append(.directories)
    }
    for (number, component) in components.enumerated() {
      do {
        try Self.append(component, isLast: number == components.count - 1, to: &parser)
      } catch {
        throw PatternError(error, in: whole)
      }
    }
    glob = parser.glob(textIsName: needsOnlyName)
  }

  private static let deepStars = ArraySlice("**".utf8)

  private static func append(
    _ component: ArraySlice<UInt8>, isLast: Bool, to parser: inout GlobParser
  ) throws(GlobSyntaxError) {
    guard component != deepStars else { return parser.append(.directories) }
    try parser.append(component)
    if !isLast { parser.append(.byte(.slash)) }
  }

  /// Whether the pattern matches the entry at `path` itself, leaving aside the directories above it. Slashes at either
  /// end of `path` count for nothing.
  public func matchesEntry(_ path: [UInt8]) -> Bool {
    guard let first = path.firstIndex(where: { $0 != .slash }), let last = path.lastIndex(where: { $0 != .slash })
    else { return false }
    return path.withUnsafeBytes { bytes in
      let path = UnsafeRawBufferPointer(rebasing: bytes[first...last])
      return matchesExactly(path, nameStart: path.lastIndex(of: .slash).map { $0 + 1 } ?? 0)
    }
  }

  /// Whether the pattern matches `path` itself, leaving aside the directories above it. `path` has no slash at either end;
  /// its name begins at `nameStart`.
  func matchesExactly(_ path: UnsafeRawBufferPointer, nameStart: Int) -> Bool {
    glob.matches(needsOnlyName ? UnsafeRawBufferPointer(rebasing: path[nameStart...]) : path)
  }
}

extension PatternError {
  fileprivate init(_ error: GlobSyntaxError, in pattern: ArraySlice<UInt8>) {
    switch error {
    case .unclosedBracket: self.init(.unclosedBracket, "has a \"[\" without \"]\"", in: pattern)
    case .trailingBackslash: self.init(.trailingBackslash, "ends in a backslash", in: pattern)
    case .unknownClass: self.init(.unknownClass, "names an unknown character class", in: pattern)
    }
  }
}
