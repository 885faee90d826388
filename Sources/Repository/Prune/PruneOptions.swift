public import Format

/// What a prune may do.
public struct PruneOptions: Sendable {
  /// How much of what is stored may stay unused.
  public enum UnusedLimit: Hashable, Sendable {
    /// This share of what is needed, from 0 to 100.
    case percentage(Double)
    /// So many bytes.
    case bytes(UInt64)
    /// Any amount: only packs in which nothing is needed are removed, and nothing is written again.
    case unlimited
  }

  /// How much may stay unused in packs of which a part is needed. Less costs more writing.
  public var unused: UnusedLimit = .percentage(3)
  /// The most bytes of packs that are written again in one prune; nil for no limit.
  public var repackLimit: UInt64?
  /// How small what is written again is made. Frames of which everything is needed move as they are.
  public var compression = CompressionLevel.default
  /// How long to wait for backups that are running before leaving the rest to the next prune.
  public var patience: Duration = .seconds(300)
  /// The age from which a session is taken for dead, though it may be running. It can't do harm and starts again by itself;
  /// the time only decides how much work is lost.
  public var fencingAge: Duration = .seconds(24 * 3600)
  /// Nothing is changed; the report says what would be.
  public var isDryRun: Bool { rehearsal != nil }
  /// If set, nothing is changed, and the report says what would be if these snapshots were forgotten.
  public var rehearsal: Set<SnapshotID>?

  /// The defaults.
  public init() {}
}
