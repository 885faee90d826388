public import Format

/// Something that a check found.
public struct CheckFinding: Sendable {
  /// How bad it is.
  public enum Severity: Int, Comparable, Sendable {
    /// Worth knowing, and nothing is wrong.
    case note
    /// Nothing is lost, yet something should be done.
    case warning
    /// Something that is stored can't be relied on.
    case error

    /// Whether `left` is less bad.
    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
  }

  /// How bad it is.
  public let severity: Severity
  /// What it is, for programs to decide by.
  public let code: Code
  /// The object by its name in the repository, such as `packs/…`; or `chunk …`, `tree …`, `content list …` with an id;
  /// or, of findings about many, the word for all of them.
  public let object: String
  /// One sentence for a person.
  public let message: String
  /// The first few snapshots that lead to the object.
  public internal(set) var snapshots: [SnapshotID] = []
  /// How many snapshots lead to it.
  public internal(set) var snapshotCount = 0
  /// The first few paths that can't be restored because of it, as path text.
  public internal(set) var paths: [String] = []
  /// How many such paths there are; one that several snapshots share is counted once.
  public internal(set) var pathCount = 0
}

extension CheckFinding {
  /// What was found. More codes may be added.
  public struct Code: Hashable, Sendable, CaseIterable, CustomStringConvertible {
    private enum Wrapped: String, CaseIterable {
      case config, keySlot, listing, record, segment, cache, packMissing, packLength, packDamaged, packUnreferenced
      case packDescription, chunkMissing, chunkLength, chunkDuplicated, tree, contentList, snapshot, sequence
      case foreign, stagedUpload, unfinishedPrune, notChecked
      case healed, notHealed, parityMissing, parityDamaged, parityOrphaned
    }

    private let wrapped: Wrapped

    private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    /// All there are.
    public static var allCases: [Code] { Wrapped.allCases.map { Code($0) } }

    /// The code's name.
    public var description: String { wrapped.rawValue }

    /// `config` is damaged or missing.
    public static let config = Code(.config)
    /// A key slot is damaged, or none is left that can read.
    public static let keySlot = Code(.keySlot)
    /// A part of the repository could not be listed.
    public static let listing = Code(.listing)
    /// An intent, tombstone or sweep record is damaged.
    public static let record = Code(.record)
    /// An index segment is damaged.
    public static let segment = Code(.segment)
    /// This client's cache was not what the repository holds, and was filled anew.
    public static let cache = Code(.cache)
    /// A pack that the index names is not there.
    public static let packMissing = Code(.packMissing)
    /// A pack has another length than the index says, or none that a writer makes.
    public static let packLength = Code(.packLength)
    /// A pack's bytes are not what they were.
    public static let packDamaged = Code(.packDamaged)
    /// No index segment names the pack.
    public static let packUnreferenced = Code(.packUnreferenced)
    /// Index segments describe a pack differently, or not as the pack itself does.
    public static let packDescription = Code(.packDescription)
    /// A chunk that a snapshot needs is not in the index.
    public static let chunkMissing = Code(.chunkMissing)
    /// A chunk has another length than the file that needs it says.
    public static let chunkLength = Code(.chunkLength)
    /// Chunks are stored more than once.
    public static let chunkDuplicated = Code(.chunkDuplicated)
    /// A tree object can't be read.
    public static let tree = Code(.tree)
    /// A content list can't be read.
    public static let contentList = Code(.contentList)
    /// A snapshot can't be read.
    public static let snapshot = Code(.snapshot)
    /// Snapshots of a host don't follow one another.
    public static let sequence = Code(.sequence)
    /// Something that is no object of the repository.
    public static let foreign = Code(.foreign)
    /// An upload that was not finished.
    public static let stagedUpload = Code(.stagedUpload)
    /// A prune that was not finished.
    public static let unfinishedPrune = Code(.unfinishedPrune)
    /// Something was not checked, because the key in use can't.
    public static let notChecked = Code(.notChecked)
    /// An object was damaged and was rebuilt from its parity.
    public static let healed = Code(.healed)
    /// An object is damaged and could not be rebuilt.
    public static let notHealed = Code(.notHealed)
    /// Objects have no parity, in a repository that has any.
    public static let parityMissing = Code(.parityMissing)
    /// The parity of objects is damaged.
    public static let parityDamaged = Code(.parityDamaged)
    /// Parity of objects that are not there any more.
    public static let parityOrphaned = Code(.parityOrphaned)
  }
}

/// What a check has looked at.
public struct CheckCounters: Hashable, Sendable {
  /// Index segments.
  public var segments = 0
  /// Packs that stand in the repository, and their bytes.
  public var packs = 0
  /// The bytes of all packs.
  public var packBytes: UInt64 = 0
  /// Chunks that the index names, each as often as it is stored.
  public var chunks = 0
  /// Those of them that are stored once already.
  public var duplicateChunks = 0
  /// Snapshots.
  public var snapshots = 0
  /// Tree objects, each counted once.
  public var trees = 0
  /// References to chunks of file data in trees and content lists.
  public var references = 0
  /// Packs that were read whole.
  public var packsRead = 0
  /// Their bytes.
  public var bytesRead: UInt64 = 0
  /// Packs that were to be read, and that there was no time for.
  public var packsRemaining = 0
  /// Their bytes.
  public var bytesRemaining: UInt64 = 0
  /// What this client has read whole so far, in this check and before; nil where no time was given to reckon from.
  public var verified: VerifiedPacks?
  /// Objects that were rebuilt from their parity.
  public var healed = 0
  /// Objects whose parity was missing or damaged, and was written.
  public var parityWritten = 0
}

/// What a check has found.
public struct CheckReport: Sendable {
  /// The findings, the worst first.
  public let findings: [CheckFinding]
  /// What was looked at.
  public let counters: CheckCounters

  /// Whether something that is stored can't be relied on.
  public var hasErrors: Bool { findings.first?.severity == .error }
}
