/// Every limit of repository format 1, in bytes where nothing else is said.
public enum Limits {
  /// A chunk, the raw length of a frame, and the chunker's maximum.
  public static let chunkLength = 8 << 20
  /// The sealed length of a frame: the largest zstd frame of 8 MiB that doesn't compress, and its tag.
  public static let sealedFrameLength = chunkLength + (64 << 10)
  /// Frames in a pack.
  public static let framesPerPack = 1 << 20
  /// A pack.
  public static let packLength = 2 << 30
  /// The pack target a configuration may ask for.
  public static let packTarget = 1 << 30
  /// The plaintext of a pack's directory, with its padding.
  public static let packDirectoryLength = 64 << 20
  /// The parity that a repository may ask for, in per cent.
  public static let parityPercentage: ClosedRange<UInt32> = 1...10
  /// The object `config`.
  public static let configurationLength = 4_096
  /// A key slot.
  public static let keySlotLength = 16 << 10
  /// KiB of memory that a key slot's password hash may take.
  public static let passwordMemory: ClosedRange<UInt32> = (8 << 10)...(1 << 20)
  /// How often it may go over its memory.
  public static let passwordPasses: ClosedRange<UInt32> = 1...8
  /// Its lanes.
  public static let passwordLanes: ClosedRange<UInt32> = 1...8
  /// Raw length of an index segment's body.
  public static let indexSegmentLength = 64 << 20
  /// Raw length of a snapshot's body.
  public static let snapshotLength = 16 << 20
  /// Objects that a snapshot says it replaces.
  public static let replacedSnapshots = 256
  /// Raw length of the body of an intent or abort record.
  public static let smallRecordLength = 1 << 20
  /// Raw length of the body of a tombstone or sweep record.
  public static let packSetLength = 64 << 20
  /// A number in a record's JSON body: up to here every reader of JSON tells one from the next.
  public static let jsonNumber: UInt64 = 1 << 53 - 1
  /// The identity of a file system in the configuration.
  public static let filesystemLength = 1024
  /// A node's name.
  public static let nameLength = 255
  /// Levels of branches above a directory's leaves.
  public static let branchDepth = 8
  /// Levels of content lists above a file's chunks.
  public static let contentListDepth = 8
  /// The length that a content item can state: it shares its integer with two bits of kind.
  public static let contentItemLength: UInt64 = 1 << 62 - 1
}
