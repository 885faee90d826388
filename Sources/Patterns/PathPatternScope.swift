/// A pattern list as seen from one directory, so that a walker that goes down pays for each entry's name and not again for
/// the directories above it.
///
/// Scopes are values: directories can be walked in any order and on any thread.
public struct PathPatternScope: Sendable {
  private let list: PathPatternList
  /// The directory's path without slashes at the ends; kept empty when no pattern looks at paths.
  private let path: [UInt8]
  private let verdict: PathPatternList.Verdict

  /// The scope of the directory `path`, slashes at either end of which count for nothing.
  public init(_ list: PathPatternList, directory path: some Collection<UInt8>) {
    var verdict = PathPatternList.Verdict.none
    var trimmed: [UInt8] = []
    if !list.isEmpty {
      for component in Array(path).split(separator: .slash) {
        let nameStart = trimmed.isEmpty ? 0 : trimmed.count + 1
        if nameStart > 0 { trimmed.append(.slash) }
        trimmed += component
        verdict = trimmed.withUnsafeBytes { list.verdict($0, nameStart: nameStart, inherited: verdict) }
      }
    }
    self.init(list: list, path: list.needsPaths ? trimmed : [], verdict: verdict)
  }

  private init(list: PathPatternList, path: [UInt8], verdict: PathPatternList.Verdict) {
    self.list = list
    self.path = path
    self.verdict = verdict
  }

  /// Whether the list matches the entry `name` of this directory. Costs nothing when the list is empty.
  public func excludes(_ name: UnsafeRawBufferPointer) -> Bool {
    guard !list.isEmpty else { return false }
    return list.matches(verdict(of: name))
  }

  /// The scope of the directory `name` in this one.
  public func entering(_ name: UnsafeRawBufferPointer) -> PathPatternScope {
    guard !list.isEmpty else { return self }
    return entering(name, verdict: verdict(of: name))
  }

  /// The scope of the directory `name` in this one, which was asked for by its own path: patterns that match it or a directory
  /// above it don't exclude what is in it, unless they say that they mean this by `/**` at their end.
  public func entering(source name: UnsafeRawBufferPointer) -> PathPatternScope {
    guard !list.isEmpty else { return self }
    return entering(name, verdict: withPath(of: name) { list.verdictOnContents(of: $0, nameStart: $1) })
  }

  private func entering(_ name: UnsafeRawBufferPointer, verdict: PathPatternList.Verdict) -> PathPatternScope {
    let path = list.needsPaths ? path + (path.isEmpty ? [] : [.slash]) + name : []
    return PathPatternScope(list: list, path: path, verdict: verdict)
  }

  private func verdict(of name: UnsafeRawBufferPointer) -> PathPatternList.Verdict {
    withPath(of: name) { list.verdict($0, nameStart: $1, inherited: verdict) }
  }

  /// Lends the path of an entry as far as patterns look at it, and where its name begins.
  private func withPath<Result>(
    of name: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, Int) -> Result
  ) -> Result {
    guard !path.isEmpty else { return body(name, 0) }
    return withJoined(path, name) { body($0, path.count + 1) }
  }
}

/// Lends `directory`, a slash and `name` as one path, without touching the heap for paths of usual length.
func withJoined<Result>(
  _ directory: [UInt8], _ name: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
  let count = directory.count + 1 + name.count
  return withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
    directory.withUnsafeBytes { buffer.copyMemory(from: $0) }
    buffer[directory.count] = .slash
    UnsafeMutableRawBufferPointer(rebasing: buffer[(directory.count + 1)...]).copyMemory(from: name)
    return body(UnsafeRawBufferPointer(buffer))
  }
}
