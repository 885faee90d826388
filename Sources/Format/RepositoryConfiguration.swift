public import Cryptography

/// The public parameters of a repository: the object `config`.
public struct RepositoryConfiguration: Hashable, Sendable {
  /// What tells this repository from every other.
  public var repository: RepositoryUUID
  /// The public half of the repository key (X25519).
  public var publicKey: Digest256
  /// When the repository was made, in seconds since 1970 UTC.
  public var created: UInt64
  /// The minimum chunk size in bytes.
  public var minimumChunkSize: UInt32
  /// The average chunk size in bytes.
  public var averageChunkSize: UInt32
  /// The maximum chunk size in bytes.
  public var maximumChunkSize: UInt32
  /// The raw bytes after which a writer closes a frame.
  public var frameTarget: UInt32
  /// The length that a writer lets no pack of several frames grow past.
  public var packTarget: UInt64
  /// The parity that is stored beside packs, index segments and snapshots, in per cent; 0 for none.
  public var parityPercentage: UInt32
  /// What tells the file system that the repository was made on from others; nil where that doesn't matter.
  public var filesystem: String?
  /// The chunk-id key and the chunker key are those of another repository: they stand in the key slots and don't follow from the
  /// master secret.
  public var sharesChunkKeys: Bool
  /// Optional feature flags that this version knows nothing of; they mean nothing to a reader.
  public var optionalFeatures: UInt64

  /// The optional feature flag that says that a repository has parity.
  static let parityFeature: UInt64 = 1
  /// The optional feature flag that says that a repository knows its file system.
  static let filesystemFeature: UInt64 = 2
  /// The critical feature flag that says that chunk keys are shared.
  static let sharedKeysFeature: UInt64 = 1

  /// Makes a configuration of format 1, which has one chunker suite.
  public init(
    repository: RepositoryUUID, publicKey: Digest256, created: UInt64, minimumChunkSize: UInt32,
    averageChunkSize: UInt32, maximumChunkSize: UInt32, frameTarget: UInt32, packTarget: UInt64,
    parityPercentage: UInt32 = 0, filesystem: String? = nil, sharesChunkKeys: Bool = false, optionalFeatures: UInt64 = 0
  ) {
    self.repository = repository
    self.publicKey = publicKey
    self.created = created
    self.minimumChunkSize = minimumChunkSize
    self.averageChunkSize = averageChunkSize
    self.maximumChunkSize = maximumChunkSize
    self.frameTarget = frameTarget
    self.packTarget = packTarget
    self.parityPercentage = parityPercentage
    self.filesystem = filesystem
    self.sharesChunkKeys = sharesChunkKeys
    self.optionalFeatures = optionalFeatures & ~(Self.parityFeature | Self.filesystemFeature)
  }
}
