/// What a prune did, or would do.
public struct PruneReport: Sendable {
  /// Packs with their bytes.
  public struct Packs: Hashable, Sendable {
    /// How many.
    public var count = 0
    /// Their length in bytes.
    public var bytes: UInt64 = 0

    mutating func add(_ length: UInt64) {
      count += 1
      bytes += length
    }

    mutating func add(_ packs: Packs) {
      count += packs.count
      bytes += packs.bytes
    }
  }

  /// Something that could not be done, while the rest was.
  public struct Warning: Sendable, CustomStringConvertible {
    /// Why.
    public enum Reason: Hashable, Sendable {
      /// Something in the repository is not what it should be.
      case damaged
      /// There was no space for what had to be written.
      case noSpace
    }

    /// Why.
    public let reason: Reason
    /// A sentence for people, which names the object.
    public let description: String
  }

  /// Snapshots that were walked.
  public var snapshots = 0
  /// Packs that stood in the repository before.
  public var before = Packs()
  /// Packs in which nothing is needed.
  public var dead = Packs()
  /// Packs of which a part is needed, and which are written again; the whole of them.
  public var repacked = Packs()
  /// Packs that no index segment names, left by sessions that were cut off.
  public var orphans = Packs()
  /// Packs that were written.
  public var written = Packs()
  /// Packs that were removed.
  public var removed = Packs()
  /// Bytes, about, that nothing needs and that stay in packs.
  public var unusedBytes: UInt64 = 0
  /// Uploads that were cut off and removed.
  public var staged = Packs()
  /// Sessions for which the rest waits.
  public var waitingFor: [AnnouncedSession] = []
  /// Sessions that were fenced off.
  public var fenced: [AnnouncedSession] = []
  /// What could not be done.
  public var warnings: [Warning] = []

  mutating func warn(_ reason: Warning.Reason, _ text: String) {
    warnings.append(Warning(reason: reason, description: text))
  }

  /// By how much the repository would get smaller, about; nil but for a rehearsal.
  var expectedBytes: UInt64?

  /// By how much the repository got smaller, or would, about; below zero if it grew, as it does while the rest waits.
  public var freedBytes: Int64 {
    if let expectedBytes { return Int64(clamping: expectedBytes) }
    return Int64(clamping: removed.bytes) + Int64(clamping: staged.bytes) - Int64(clamping: written.bytes)
  }
}
