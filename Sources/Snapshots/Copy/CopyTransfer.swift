import Repository

/// A target's part in copying one snapshot.
struct CopyTransfer {
  let target: CopyTarget
  let intake: ChunkIntake
  /// Tree objects of the source that are there with all that is below them.
  let whole: CompactIDSet
}
