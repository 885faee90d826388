/// How far a prune is.
public struct PruneProgress: Sendable {
  /// What is being done.
  public enum Phase: Sendable {
    /// Snapshots are walked.
    case marking
    /// What is needed of packs is written again; bytes.
    case repacking
    /// The prune waits for sessions to end; sessions.
    case waiting
    /// Packs are removed.
    case sweeping
  }

  /// What is being done.
  public let phase: Phase
  /// Snapshots, bytes, sessions or packs that are done.
  public let done: UInt64
  /// Snapshots, bytes, sessions or packs that there are.
  public let total: UInt64
}
