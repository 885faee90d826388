/// The ignore files that hold in one directory: its own and those of the directories above it, the nearest first.
///
/// A walker makes one for the directory it starts in, enters each subdirectory that isn't excluded, and asks about each
/// entry. Scopes are values that share what is above them, so directories can be walked in any order and on any thread.
/// As with git, nothing below an excluded directory can be included again; the walker doesn't enter it.
public struct IgnoreScope: Sendable {
  /// One ignore file on the way down.
  private final class Level: Sendable {
    let file: IgnoreFile
    /// How many bytes of the scope's path lie above the file's directory, with the slash after them.
    let pathStart: Int
    let above: Level?

    init(file: IgnoreFile, pathStart: Int, above: Level?) {
      self.file = file
      self.pathStart = pathStart
      self.above = above
    }
  }

  private let level: Level?
  /// The path from the topmost ignore file's directory to this one, without slashes at the ends; kept empty when no rule looks
  /// at paths.
  private let path: [UInt8]
  private let needsPaths: Bool

  /// The scope of the topmost directory, with the ignore file in it if there is one.
  public init(_ file: IgnoreFile? = nil) {
    self.init(above: nil, path: [], aboveNeedsPaths: false, file: file)
  }

  private init(above: Level?, path: [UInt8], aboveNeedsPaths: Bool, file: IgnoreFile?) {
    self.path = path
    if let file, !file.isEmpty {
      level = Level(file: file, pathStart: path.isEmpty ? 0 : path.count + 1, above: above)
      needsPaths = aboveNeedsPaths || file.needsPaths
    } else {
      level = above
      needsPaths = aboveNeedsPaths
    }
  }

  /// The scope of the directory `name` in this one, with the ignore file in it if there is one.
  public func entering(_ name: UnsafeRawBufferPointer, _ file: IgnoreFile? = nil) -> IgnoreScope {
    let path = needsPaths ? path + (path.isEmpty ? [] : [.slash]) + name : []
    return IgnoreScope(above: level, path: path, aboveNeedsPaths: needsPaths, file: file)
  }

  /// This scope with an ignore file of its own directory, which is nearer than all others.
  public func adding(_ file: IgnoreFile) -> IgnoreScope {
    IgnoreScope(above: level, path: path, aboveNeedsPaths: needsPaths, file: file)
  }

  /// Whether no ignore file holds here, so that nothing is excluded.
  public var isEmpty: Bool { level == nil }

  /// Whether the entry `name` of this directory is excluded. Costs nothing when no ignore file holds here.
  public func excludes(_ name: UnsafeRawBufferPointer, isDirectory: Bool) -> Bool {
    guard let level else { return false }
    guard !path.isEmpty else { return excludes(name, nameStart: 0, isDirectory: isDirectory, from: level) }
    return withJoined(path, name) {
      excludes($0, nameStart: path.count + 1, isDirectory: isDirectory, from: level)
    }
  }

  private func excludes(
    _ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool, from nearest: Level
  ) -> Bool {
    var level: Level? = nearest
    while let current = level {
      let relative = UnsafeRawBufferPointer(rebasing: path[current.pathStart...])
      let verdict = current.file.excludes(
        relative, nameStart: nameStart - current.pathStart, isDirectory: isDirectory)
      if let verdict { return verdict }
      level = current.above
    }
    return false
  }
}
