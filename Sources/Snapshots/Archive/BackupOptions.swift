public import Format
public import Repository

/// Which snapshot unchanged files are recognised by.
public enum ParentChoice: Sendable {
  /// The newest of the same host and paths.
  case automatic
  /// None: every file is read.
  case none
  /// A certain one.
  case snapshot(SnapshotID)
}

/// What to back up and how.
public struct BackupOptions: Sendable {
  /// What is left out.
  public var exclusions = Exclusions()
  /// The snapshot by which unchanged files are recognised.
  public var parent = ParentChoice.automatic
  /// Files whose inode number changed are read unless this is set: for file systems with unstable numbers.
  public var ignoreInode = false
  /// Files whose change time differs are read unless this is set.
  public var ignoreChangeTime = false
  /// How small what is stored is made.
  public var compression = CompressionLevel.default
  /// Publish no snapshot that has the same content and the same problems as the one it was compared with.
  public var skipsUnchanged = false
  /// Publish nothing.
  public var dryRun = false
  /// Threads that read, compress and store; nil for one for each processor.
  public var workers: Int?
  /// Directories that are kept open at most; nil for as many as the process's limit allows.
  var openDirectories: Int?

  /// The defaults.
  public init() {}
}
