/// Where a walk of what is below a directory has come: down one level with each `enter(_:)`, up again with each `leave()`.
///
/// However deep a tree is nested, which is up to whoever made it, only the lowest levels are open; those above are found
/// again as the directory that the one below is in, and known by their identity.
public struct DirectoryDescent {
  /// Levels that are open beside the first and the current one.
  private static let openLevels = 32

  private struct Level {
    let identity: FileIdentity
    /// Nil while it isn't open.
    var directory: Directory?
  }

  /// The directory where the walk is.
  public private(set) var current: Directory
  private var identity: FileIdentity
  /// The directories above it that were entered, and the one where the walk began, which stays open.
  private var above: [Level] = []

  /// A walk that begins in `directory`.
  public init(from directory: Directory) throws(FileSystemError) {
    current = directory
    identity = try directory.status().identity
  }

  /// Goes into the directory called `name` in the current one. A symbolic link is refused.
  public mutating func enter(_ name: FileName) throws(FileSystemError) {
    let below = try current.openDirectory(name)
    let found = try below.status().identity
    above.append(Level(identity: identity, directory: current))
    (current, identity) = (below, found)
    let closed = above.count - 1 - Self.openLevels
    if closed > 0 { above[closed].directory = nil }
  }

  /// Goes back to the directory that the current one was entered from.
  ///
  /// - Throws: `.stale` if the current one was moved to another directory meanwhile; the walk can't go on then.
  public mutating func leave() throws(FileSystemError) {
    guard let level = above.popLast() else { preconditionFailure("nothing was entered") }
    let directory: Directory
    if let open = level.directory {
      directory = open
    } else {
      directory = try current.openParent()
      try directory.require(level.identity)
    }
    (current, identity) = (directory, level.identity)
  }
}
