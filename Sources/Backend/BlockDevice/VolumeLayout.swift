/// The fixed numbers of a volume's layout; FORMAT.md describes it.
package enum VolumeLayout {
  /// The unit of everything: what is overwritten never shares a block with what must stay.
  package static let blockSize = 4_096

  /// The first block that extents may have.
  static let firstBlock: UInt64 = 256

  /// A device must have so many blocks at least (8 MiB).
  static let leastBlocks: UInt64 = 2_048

  /// The block of the second superblock, the last one of the smallest volume: what clears the first megabytes of a device, as
  /// tools do that prepare one, leaves it. Extents don't have it.
  static let secondSuperblock = leastBlocks - 1

  /// Where the two superblocks are, in bytes.
  static let superblockOffsets = [0, secondSuperblock * UInt64(blockSize)]

  /// More than any device has (4 EiB): neither their bytes nor the sum of what an object has overflow 64 bits.
  static let mostBlocks: UInt64 = 1 << 50

  /// So many extents an object has at most.
  static let mostExtents = 512

  /// So long a change is at most, about: an object's name and its extents.
  static let mostChangeBytes = 16 * mostExtents + 808

  /// So long the changes of a record are together at most.
  static let mostRecordBytes = 32 << 10

  /// So many blocks a record has at most.
  static let mostRecordBlocks = UInt64((LogRecord.headerLength + mostRecordBytes + blockSize - 1) / blockSize)

  /// So many blocks a log has at least.
  static let leastLogBlocks: UInt64 = 64

  /// The blocks that hold so many bytes.
  package static func blocks(_ bytes: UInt64) -> UInt64 {
    bytes / UInt64(blockSize) + (bytes % UInt64(blockSize) == 0 ? 0 : 1)
  }

  /// How many blocks the records of a catalogue have at most, whose changes have so many bytes.
  static func catalogueBlocks(_ bytes: Int) -> UInt64 {
    // A share is closed by a change that no longer fits.
    let records = UInt64(bytes / (mostRecordBytes - mostChangeBytes) + 1)
    return blocks(UInt64(bytes)) + 2 * records
  }

  /// Whether a log of so many blocks can be begun with such a catalogue and takes a change after it: so a log that is full
  /// never keeps anything from being deleted.
  static func holds(_ log: UInt64, catalogue bytes: Int) -> Bool {
    catalogueBlocks(bytes) + 2 * mostRecordBlocks <= log
  }

  /// How long a log is made for a catalogue that takes `catalogue` blocks: that, changes until it is written anew, and a
  /// catalogue that has grown; on a large device with more room for changes.
  static func logBlocks(catalogue: UInt64, device: UInt64) -> UInt64 {
    4 * catalogue + min(max(device / 1_024, leastLogBlocks), 4_096)
  }
}
