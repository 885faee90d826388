public import Format

/// What is fixed when a repository is made. The defaults suit nearly everybody.
public struct RepositoryParameters: Sendable {
  /// The smallest chunk that files are cut into, in bytes.
  public var minimumChunkSize: UInt32 = 4 << 10
  /// The average chunk, in bytes.
  public var averageChunkSize: UInt32 = 16 << 10
  /// The largest chunk, in bytes.
  public var maximumChunkSize: UInt32 = 64 << 10
  /// Raw bytes that are compressed and sealed together.
  public var frameTarget: UInt32 = 2 << 20
  /// The length that packs grow to, in bytes.
  public var packTarget: UInt64 = 64 << 20
  /// The parity that is stored beside packs, index segments and snapshots, in per cent of their length; 0 for none.
  public var parityPercentage: UInt32 = 0
  /// What tells the file system that it is made on from others, of at most 1,024 bytes; nil where that doesn't matter.
  public var filesystem: String?

  /// The defaults.
  public init() {}

  /// Those of a repository that there is.
  public init(_ configuration: RepositoryConfiguration) {
    minimumChunkSize = configuration.minimumChunkSize
    averageChunkSize = configuration.averageChunkSize
    maximumChunkSize = configuration.maximumChunkSize
    frameTarget = configuration.frameTarget
    packTarget = configuration.packTarget
    parityPercentage = configuration.parityPercentage
  }
}
