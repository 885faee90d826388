import Format
import Repository

/// Finds what a target lacks of one snapshot after the other, without copying it. What they have in common is looked at once.
final class CopyRehearsal {
  let transfer: CopyTransfer
  private let reading: RepositoryReading
  private var state: (walk: CopyWalk, lacking: LackingChunks)?

  init(_ transfer: CopyTransfer, from reading: RepositoryReading) {
    self.transfer = transfer
    self.reading = reading
  }

  /// How many bytes the target lacks of a snapshot that it doesn't lack for those before, and chunks that can't be had.
  ///
  /// - Parameter observe: called for each tree object and content list; what it throws ends the walk.
  func bytes(of snapshot: Snapshot, observe: () throws -> Void) throws -> (bytes: UInt64, lost: LostChunks) {
    let begun = try state ?? begin()
    var walk = begun.walk
    let lacking = begun.lacking
    // What is lost has to be met again in the next snapshot that has it, and what this one has would be copied for that.
    state = nil
    let before = lacking.bytes[0]
    do {
      for root in snapshot.roots { try walk.add(root.tree, to: lacking, unless: { _ in false }, observe: observe) }
    } catch let error as RepositoryError where error.saysLost {
      return (0, LostChunks(error))
    }
    if lacking.lost.reason == nil { state = (walk, lacking) }
    return (lacking.bytes[0] - before, lacking.lost)
  }

  private func begin() throws -> (walk: CopyWalk, lacking: LackingChunks) {
    (
      CopyWalk(trees: try reading.treeReader(), chunks: try reading.chunkReader()),
      try LackingChunks(in: [transfer.intake], from: reading)
    )
  }
}
