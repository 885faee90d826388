public import Format

/// What a repair of packs did, or would do.
public struct PackRepairReport: Sendable {
  /// What became of a damaged pack.
  public enum Outcome: String, Sendable {
    /// It was rebuilt from its parity.
    case healed
    /// What could be read of it is in other packs, and it was set aside.
    case salvaged
    /// Nothing says where anything is in it, and it was set aside.
    case unreadable
    /// It is not there; the index names it no more.
    case missing
    /// Nothing is wrong with it.
    case sound
    /// It may belong to a session that has not ended.
    case leftAlone
  }

  /// A pack that was looked at more closely.
  public struct Pack: Sendable {
    /// The pack.
    public let id: PackID
    /// What is wrong with it.
    public let message: String
    /// What became of it.
    public internal(set) var outcome: Outcome
    /// Chunks that it held, as far as is known.
    public internal(set) var chunks = 0
    /// Chunks of it that could be read.
    public internal(set) var readable = 0
    /// Chunks of it that can't be had from any pack any more, whether anything needs them or not.
    public internal(set) var lost = 0
  }

  /// The packs that something is or was said to be wrong with.
  public var packs: [Pack] = []
  /// Packs that were read.
  public var packsRead = 0
  /// Their bytes.
  public var bytesRead: UInt64 = 0
  /// Packs that were written.
  public var written = PruneReport.Packs()
  /// What snapshots lack now, with the snapshots and the files: all of it, not only what these packs held.
  public var lacking: [CheckFinding] = []
  /// Snapshots of which is not known what they lack, since their objects can't be read.
  public var unreadableSnapshots: [RepairProblem] = []

  /// Whether nothing is wrong with any pack that was read.
  public var isClean: Bool { packs.allSatisfy { $0.outcome == .sound } }
}
