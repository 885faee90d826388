public import Format

/// What a repair found wrong with an object.
public struct RepairProblem: Sendable {
  /// The object: `packs/…`, `index/…` or `snapshots/…`.
  public let object: String
  /// One sentence for a person.
  public let message: String

  init(_ object: String, _ message: String) {
    self.object = object
    self.message = message
  }
}

/// What a repair of the index did, or would do.
public struct IndexRepairReport: Sendable {
  /// Segments that there were.
  public var segments = 0
  /// Packs that stand in the repository.
  public var packs = 0
  /// Segments that could not be read, and were rebuilt from their parity.
  public var healedSegments: [RepairProblem] = []
  /// Segments that could not be read, and were set aside, or would be.
  public var damagedSegments: [RepairProblem] = []
  /// Segments that named packs which are not there, or described some wrongly, and were replaced, or would be.
  public var replacedSegments: [SegmentID] = []
  /// Packs that no readable segment named, and that the index names again.
  public var enteredPacks: [PackID] = []
  /// Packs that the index describes as they are now, and did not before.
  public var correctedPacks: [PackID] = []
  /// Packs that the index named and that are not there. It names them no more, unless it was a dry run or the segment's
  /// session has not ended.
  public var missingPacks: [PackID] = []
  /// Packs that could not be opened: `repair packs` is for them.
  public var unreadablePacks: [RepairProblem] = []
  /// Segments that something is wrong with and that were left alone, since their sessions have not ended.
  public var leftAlone: [RepairProblem] = []
  /// Segments that were published, or would be.
  public var writtenSegments = 0

  /// Whether there was nothing to do.
  public var isClean: Bool {
    healedSegments.isEmpty && damagedSegments.isEmpty && replacedSegments.isEmpty && enteredPacks.isEmpty
      && unreadablePacks.isEmpty && leftAlone.isEmpty
  }
}
