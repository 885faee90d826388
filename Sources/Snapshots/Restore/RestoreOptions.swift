public import FileSystem

/// What a restore does where a choice is to be made. By default it restores what needs no trust in the snapshot.
public struct RestoreOptions: Sendable {
  /// What happens to existing files and links.
  public enum Overwrite: Sendable {
    /// Compared by content; what differs is written.
    case always
    /// Left alone if size and modification time are equal; else compared by content, and what differs is written.
    case ifChanged
    /// Left alone unless the snapshot's modification time is later.
    case ifNewer
    /// Left alone. A name that a file is missing comes back as a file of its own.
    case never
  }

  /// How owners are restored. Only root can; for others this has no effect.
  public enum Ownership: Sendable {
    /// Owners are not restored.
    case none
    /// The numbers as they are.
    case numeric
    /// The accounts that have the names that the snapshot recorded; the numbers where there is no name or no account.
    case byName
  }

  /// What a restore does only when it runs as root and is asked to.
  public struct Privileges: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int

    /// The privileges with these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Character and block devices.
    public static let devices = Privileges(rawValue: 1)
    /// The set-uid and set-gid bits of files, where their owner is restored too.
    public static let setIdentifiers = Privileges(rawValue: 2)
    /// Extended attributes in the namespaces `security` and `trusted`.
    public static let securityAttributes = Privileges(rawValue: 4)
    /// The inode flags that forbid changes: immutable and append-only.
    public static let changeForbiddingFlags = Privileges(rawValue: 8)
    /// All of them.
    public static let all: Privileges = [.devices, .setIdentifiers, .securityAttributes, .changeForbiddingFlags]
  }

  /// Says something about an entry by its path in the snapshot and whether it is a directory.
  public typealias Predicate = @Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool

  /// What happens to existing files and links.
  public var overwrite = Overwrite.ifChanged
  /// If set, only entries for which it is true are restored, with all below them and the directories above them.
  public var includes: Predicate?
  /// If set, entries for which it is true are passed over, with all below them.
  public var excludes: Predicate?
  /// Removes what stands in restored directories and is not in the snapshot, at and below these paths of it. Excluded
  /// entries stay, and so does what is not included.
  ///
  /// They should be among the paths that the snapshot was taken of: of the directories above those it knows only what
  /// leads there.
  public var deletesExtrasIn: [[UInt8]] = []
  /// The paths that the snapshot was taken of; empty if they aren't known. Of the directories above them it has only what leads
  /// there: one that exists keeps its metadata, and where something else stands it stays, and nothing is restored below.
  public var takenOf: [[UInt8]] = []
  /// Changes nothing and counts what would be done.
  public var isDryRun = false
  /// Reads every file again and compares it with the snapshot, also those that were left alone as unchanged.
  public var verifies = false
  /// Restores runs of zeros that took storage as holes as well. Holes always are holes.
  public var isSparse = false
  /// How owners are restored.
  public var ownership = Ownership.byName
  /// Directories in which nothing is changed, and other things that are left as they are, wherever they are: where the
  /// repository is, say, of which the snapshot may have an old state. A target in one of them is refused.
  public var protectedEntries: Set<FileIdentity> = []
  /// Told what is done with each entry, from several threads.
  public var observe: (@Sendable (RestoreAction, _ path: [UInt8]) -> Void)?
  /// Told of each failure as it comes, from several threads; also of those before a restore ends early.
  public var report: (@Sendable (RestoreFailure) -> Void)?
  /// What is done only for root.
  public var privileges: Privileges = []

  /// The defaults.
  public init() {}
}
