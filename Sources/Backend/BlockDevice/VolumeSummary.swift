package import FileSystem

/// What a volume says of itself. Sizes are in bytes.
package struct VolumeSummary: Sendable {
  package let place: PathBytes
  package let superblock: VolumeSuperblock
  package let size: UInt64
  package let free: UInt64
  package let reserve: UInt64
  /// What both copies of the log, and of the place for the next one, take.
  package let log: UInt64
  /// How many of the log's blocks are written, of so many.
  package let logBlocksUsed: (used: UInt64, all: UInt64)
  package let objects: Share
  package let staged: Share
  package let quarantine: Share

  /// So many of something, and what they take on the device.
  package struct Share: Sendable {
    package let count: Int
    package let bytes: UInt64

    fileprivate init(_ extents: some Collection<[Extent]>) {
      count = extents.count
      bytes = extents.reduce(0) { $0 + $1.blockCount } * UInt64(VolumeLayout.blockSize)
    }
  }
}

extension Volume {
  /// What stands now.
  package func summary() throws(BackendError) -> VolumeSummary {
    try current { (view) throws(BackendError) in
      let catalogue = view.catalogue
      let block = UInt64(VolumeLayout.blockSize)
      return VolumeSummary(
        place: place, superblock: view.superblock, size: catalogue.blocks * block,
        free: catalogue.availableBlocks * block, reserve: catalogue.reserve,
        log: view.superblock.logExtents.blockCount * block,
        logBlocksUsed: (view.position.block, view.superblock.logCopies[0].count),
        objects: .init(catalogue.areas.values.flatMap { $0.values.map(\.stored.extents) }),
        staged: .init(catalogue.staged.values.map(\.extents)),
        quarantine: .init(catalogue.quarantine.values.joined().map(\.stored.extents)))
    }
  }
}
