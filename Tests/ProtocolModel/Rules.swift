/// The rules of the protocol that can be broken, to see that each is needed.
enum BrokenRule: String, CaseIterable {
  case none
  case tombstonesIgnored, lateIntent, intentsIgnored, noRemark, noSweepRecord, parallelTombstones
  case noAbortRecord, noEmptySegment, noFencedCheckAfterTombstone, sweepsCleanedEarly, tombstoneOfFencedRemoved
  case orphansWhileWriting, liveSegmentsReplaced, intentsListedBeforeSegments, packsOfRunningSessions
  case pruneWithoutIntent, tombstoneBeforePacks, commitReplaces, adoptedUnchecked, mergedUnclaimed
  case deletedBeforeReplaced, rewriteUnchecked, indexListedFirst, tombstoneClobbers, doomedSegmentsSpared
}

/// How much happens at most.
struct Bounds {
  var writers = 2
  var attempts = 2
  var prunes = 2
  var rewriter = false
  /// Writers may publish a segment before the one that matters.
  var early = false
  var adopts = false
  var repacks = false
  /// Prunes fence sessions before they begin.
  var clears = false
  /// Writers may give up.
  var abandons = false
}
