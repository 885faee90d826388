/// Path patterns in the order they were given; the last one that matches decides.
public struct PathPatternList: Sendable {
  private let patterns: [PathPattern]
  /// Whether some pattern looks at more than the name of an entry.
  let needsPaths: Bool

  /// A list of `patterns`, earliest first.
  public init(_ patterns: [PathPattern] = []) {
    self.patterns = patterns
    needsPaths = patterns.contains { !$0.needsOnlyName }
  }

  /// Whether there are no patterns, so that nothing matches.
  public var isEmpty: Bool { patterns.isEmpty }

  /// What the list says of an entry: the number of the last pattern that matches it or a directory above it.
  ///
  /// The number alone is enough to carry downwards: only a later pattern can overrule it.
  struct Verdict: Sendable, Equatable {
    fileprivate var last = -1
    /// No pattern has matched.
    static let none = Verdict()
  }

  /// Whether `verdict` is that of a pattern without `!`.
  func matches(_ verdict: Verdict) -> Bool {
    verdict.last >= 0 && !patterns[verdict.last].isNegated
  }

  /// The verdict on `path`, whose directory's verdict is `inherited`. `path` has no slash at either end.
  func verdict(
    _ path: UnsafeRawBufferPointer, nameStart: Int, inherited: Verdict
  ) -> Verdict {
    var number = patterns.count - 1
    while number > inherited.last {
      if patterns[number].matchesExactly(path, nameStart: nameStart) { return Verdict(last: number) }
      number -= 1
    }
    return inherited
  }

  /// The verdict on what is in the directory at `path` if all that is said of the directory itself, and of those above it,
  /// counts for nothing: that of the last pattern that matches it and either ends in `/**` or starts with `!`.
  func verdictOnContents(of path: UnsafeRawBufferPointer, nameStart: Int) -> Verdict {
    let last = patterns.lastIndex { pattern in
      (pattern.isAboutContents || pattern.isNegated) && pattern.matchesExactly(path, nameStart: nameStart)
    }
    return last.map { Verdict(last: $0) } ?? .none
  }

  /// Whether the list matches `path` or a directory above it, the last such pattern having no `!`. Slashes at either end of
  /// `path` count for nothing.
  public func matches(_ path: UnsafeRawBufferPointer) -> Bool {
    guard !isEmpty, let first = path.firstIndex(where: { $0 != .slash }),
      let last = path.lastIndex(where: { $0 != .slash })
    else { return false }
    let path = UnsafeRawBufferPointer(rebasing: path[first...last])
    var verdict = Verdict.none
    var nameStart = 0
    while nameStart < path.count {
      let nameEnd = path[nameStart...].firstIndex(of: .slash) ?? path.count
      let prefix = UnsafeRawBufferPointer(rebasing: path[..<nameEnd])
      verdict = self.verdict(prefix, nameStart: nameStart, inherited: verdict)
      nameStart = nameEnd + 1
    }
    return matches(verdict)
  }

  /// Whether the list matches the bytes of `path`, as `matches(_:)` on a buffer does.
  public func matches(_ path: some Collection<UInt8>) -> Bool {
    path.withContiguousStorageIfAvailable { matches(UnsafeRawBufferPointer($0)) }
      ?? Array(path).withUnsafeBytes { matches($0) }
  }
}
