/// One line of an ignore file.
struct IgnoreRule: Sendable {
  /// Whether the rule includes again what an earlier one excluded.
  let isNegated: Bool
  /// Whether the rule is for directories only.
  private let isForDirectories: Bool
  /// Whether the rule is about an entry's name wherever it is, rather than about its path.
  let needsOnlyName: Bool
  private let glob: Glob

  /// Nil if `line` can match nothing. `line` is neither a comment nor has it spaces at the end to drop.
  init?(_ line: ArraySlice<UInt8>) {
    isNegated = line.first == UInt8(ascii: "!")
    var text = isNegated ? line.dropFirst() : line
    isForDirectories = text.last == .slash
    if isForDirectories { text = text.dropLast() }
    needsOnlyName = !text.contains(.slash)
    if text.first == .slash { text = text.dropFirst() }
    guard !text.isEmpty else { return nil }

    // Git compares the text before the first special byte on its own, so a "**" there counts as one at the start.
    let special = text.firstIndex { "*?[\\".utf8.contains($0) } ?? text.endIndex
    let mayBeDeep = !needsOnlyName
    var parser = GlobParser(Glob.Options(takesScalars: false, folds: false))
    do {
      try parser.append(text) { [text] index in
        mayBeDeep && (index == special || text[index - 1] == .slash)
      }
    } catch {
      return nil
    }
    glob = parser.glob(textIsName: needsOnlyName)
  }

  func matches(_ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool) -> Bool {
    if isForDirectories && !isDirectory { return false }
    return glob.matches(needsOnlyName ? UnsafeRawBufferPointer(rebasing: path[nameStart...]) : path)
  }
}
