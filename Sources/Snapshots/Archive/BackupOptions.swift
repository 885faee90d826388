public import Format
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

/// How a snapshot is named and described.
public struct SnapshotLabel: Sendable {
  public var host: String
  public var user: String
  public var job = ""
  public var label = ""
  public var tags: [String] = []
  public var program: String
  public var time: Format.Timestamp
  public var process: Int64

  /// A label without tags, job or text.
  public init(host: String, user: String, program: String, time: Format.Timestamp, process: Int64) {
    self.host = host
    self.user = user
    self.program = program
    self.time = time
    self.process = process
  }
}

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
  public var exclusions = Exclusions()
  public var parent = ParentChoice.automatic
  /// Files whose inode number changed are read unless this is set: for file systems with unstable numbers.
  public var ignoreInode = false
  /// Files whose change time differs are read unless this is set.
  public var ignoreChangeTime = false
  /// Publish nothing.
  public var dryRun = false
  /// Threads that read, compress and store; nil for one for each processor.
  public var workers: Int?

  /// The defaults.
  public init() {}
}

/// What a backup did.
public struct BackupResult: Sendable {
  /// The snapshot; nil after a dry run.
  public let snapshot: Snapshot?
  /// Its numbers.
  public let statistics: SnapshotStatistics
  /// Files taken from the parent unread.
  public let unchangedFiles: UInt64
}

/// Something that could not be backed up, or not cleanly; the rest was.
public struct BackupProblem: Sendable {
  /// The path, raw.
  public let path: [UInt8]
  /// What happened, for a person.
  public let message: String
}
