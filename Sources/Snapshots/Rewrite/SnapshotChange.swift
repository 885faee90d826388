import Format
public import Patterns

/// What is to be different in a snapshot.
public struct SnapshotChange: Sendable {
  /// What becomes of the tags.
  public enum Tags: Sendable {
    /// They stay.
    case kept
    /// These take their place.
    case set([String])
    /// The first ones are added, then the second ones removed.
    case edited(adding: [String], removing: [String])
  }

  /// What becomes of the tags.
  public var tags = Tags.kept
  /// Whether retention is to leave it alone; nil leaves that as it is.
  public var isPinned: Bool?
  /// What is dropped from the tree: what a backup with these patterns would have left out. Nil leaves the tree unread.
  public var excluded: PathPatternList?
  /// What the snapshot says of these patterns.
  public var excludeDescriptions: [String] = []
  /// Whether files whose content can't be had are dropped, and directories that can't be read; the snapshot gets the tag
  /// "repaired" if there are any.
  public var dropsDamaged = false
  /// The old snapshot stays besides the new one.
  public var keepsOld = false

  /// No change.
  public init() {}

  /// Changes everything but the tree.
  func apply(to snapshot: inout Snapshot) {
    switch tags {
    case .kept: break
    case .set(let tags): snapshot.tags = tags.distinctByBytes()
    case .edited(let added, let removed):
      snapshot.tags = (snapshot.tags + added).distinctByBytes().filter { !removed.containsBytes(of: $0) }
    }
    if let isPinned { snapshot.isPinned = isPinned }
  }
}
