public import Cryptography

/// What a snapshot leads to.
public struct SnapshotRoot: Hashable, Sendable {
  /// How the tree came about.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Files and directories below `/`.
    case tree
    /// One file that was read from a stream.
    case stream
    /// One file that was read from a disk.
    case image
  }

  /// How the tree came about.
  public var kind: Kind
  /// The tree object of the directory `/`.
  public var tree: ChunkID

  /// Makes a root.
  public init(kind: Kind, tree: ChunkID) {
    self.kind = kind
    self.tree = tree
  }
}

/// What a backup did.
public struct SnapshotStatistics: Hashable, Sendable {
  /// Regular files.
  public var files: UInt64 = 0
  /// Directories.
  public var directories: UInt64 = 0
  /// Entries of other types.
  public var others: UInt64 = 0
  /// The logical size of all files in bytes.
  public var bytes: UInt64 = 0
  /// Chunks that the repository did not have.
  public var newChunks: UInt64 = 0
  /// Their length before compression.
  public var newBytes: UInt64 = 0
  /// The length of the packs that were added.
  public var storedBytes: UInt64 = 0
  /// Entries with a problem: not read, or not as a whole, or changed meanwhile.
  public var errors: UInt64 = 0
  /// Those of them that lack nothing: files that changed while they were read.
  public var changed: UInt64 = 0
  /// How long the backup took; finite.
  public var seconds: Double = 0

  /// All zero.
  public init() {}
}

/// The record of one backup.
public struct Snapshot: Hashable, Sendable {
  /// The object's name.
  public var id: SnapshotID
  /// When the backup began.
  public var time: Timestamp
  /// Where it ran.
  public var host: String
  /// As whom it ran.
  public var user: String
  /// The name of a configured job, or empty.
  public var job: String
  /// A free label, or empty.
  public var label: String
  /// Tags; they are written sorted by their bytes.
  public var tags: [String]
  /// What it leads to, at least one.
  public var roots: [SnapshotRoot]
  /// What was backed up: absolute paths as path text.
  public var paths: [String]
  /// The exclude patterns in force.
  public var excludes: [String]
  /// The snapshot that unchanged files were compared with.
  public var parent: SnapshotID?
  /// Name and version of the writer.
  public var program: String
  /// 1 + the sequence of the host's previous snapshot.
  public var sequence: UInt64
  /// The SHA-256 of the object of the host's previous snapshot.
  public var previous: Digest256?
  /// Retention never forgets it.
  public var isPinned: Bool
  /// The SHA-256 of the objects of the snapshots that this one came from when tags, pin or contents were changed, oldest
  /// first; at most ``Limits/replacedSnapshots``.
  public var replaces: [Digest256]
  /// What the backup did.
  public var statistics: SnapshotStatistics

  /// Whether it comes before another one: by time; of equal times the original before what was made from it; then by id.
  public func precedes(_ other: Snapshot) -> Bool {
    (time, replaces.count, id) < (other.time, other.replaces.count, other.id)
  }

  /// Makes a snapshot.
  public init(
    id: SnapshotID, time: Timestamp, host: String, user: String, job: String = "", label: String = "",
    tags: [String] = [], roots: [SnapshotRoot], paths: [String], excludes: [String] = [], parent: SnapshotID? = nil,
    program: String, sequence: UInt64, previous: Digest256? = nil,
    isPinned: Bool = false, replaces: [Digest256] = [], statistics: SnapshotStatistics = SnapshotStatistics()
  ) {
    self.id = id
    self.time = time
    self.host = host
    self.user = user
    self.job = job
    self.label = label
    self.tags = tags
    self.roots = roots
    self.paths = paths
    self.excludes = excludes
    self.parent = parent
    self.program = program
    self.sequence = sequence
    self.previous = previous
    self.isPinned = isPinned
    self.replaces = replaces
    self.statistics = statistics
  }
}
