public import Format

/// What a check is to look at beyond the structure, which it always looks at.
public struct CheckOptions: Sendable {
  /// The packs that are read whole.
  public enum DataSelection: Hashable, Sendable {
    /// None: no file content is read.
    case none
    /// Every pack.
    case all
    /// The `number`-th (from 1) of `count` parts of about the same size; the parts together are all packs.
    case part(number: UInt64, count: UInt64)
    /// Packs chosen at random until they hold this share of all bytes, from 0 to 100.
    case percentage(Double, seed: UInt64)
    /// Packs chosen at random until they hold this many bytes.
    case bytes(UInt64, seed: UInt64)
    /// Packs that this client has not read whole and found good since then: those that it never has first, then those
    /// that it has longest ago.
    case notVerified(since: Timestamp)
  }

  /// The packs that are read whole.
  public var data: DataSelection
  /// What is damaged is rebuilt from its parity where that suffices, and parity that is missing is written.
  public var repairs: Bool
  /// How many threads work at once; at least 1.
  public var threads: Int
  /// How many snapshots and paths are named for each finding; never more than a million in all.
  public var nameLimit = defaultNameLimit

  /// After so long no other pack is begun; packs that were read longest ago, or never, come first then.
  public var timeLimit: Duration?
  /// The time that is noted for packs which are read and found good; nil notes nothing.
  public var time: Timestamp?

  /// So many that a person reads them.
  public static let defaultNameLimit = 10

  /// Options; threads beyond the number of processors only help where the storage is slow.
  public init(data: DataSelection = .none, repairs: Bool = false, threads: Int) {
    self.data = data
    self.repairs = repairs
    self.threads = max(1, threads)
  }
}

/// How far a check is.
public struct CheckProgress: Sendable {
  /// What is being looked at.
  public enum Phase: Sendable {
    /// Index segments.
    case index
    /// Snapshots and their trees.
    case snapshots
    /// The bytes of packs.
    case data
  }

  /// What is being looked at; snapshots and data may be at the same time.
  public let phase: Phase
  /// Segments, snapshots or bytes that are done.
  public let done: UInt64
  /// Segments, snapshots or bytes that there are.
  public let total: UInt64
}
