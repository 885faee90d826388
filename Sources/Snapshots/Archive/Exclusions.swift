public import Patterns

/// What a backup leaves out.
public struct Exclusions: Sendable {
  /// Paths that match are left out, directories with all that is below them.
  public var patterns = PathPatternList()
  /// Names of files like `.gitignore` that say, in each directory, what to leave out there.
  public var ignoreFileNames: [[UInt8]] = []
  /// Leave out the contents of directories with a valid `CACHEDIR.TAG`.
  public var caches = false
  /// Leave out the contents of directories that have an entry of one of these names.
  public var ifPresent: [[UInt8]] = []
  /// Leave out files larger than this, in bytes.
  public var largerThan: UInt64?
  /// Stay on the file system of each source path.
  public var oneFileSystem = false
  /// What the snapshot says of all this.
  public var descriptions: [String] = []

  /// Nothing is left out.
  public init() {}
}
