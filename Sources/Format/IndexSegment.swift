public import Cryptography

/// A pack as an index segment describes it.
public struct PackDescription: Hashable, Sendable {
  /// The pack's name.
  public var id: PackID
  /// The pack's length in bytes.
  public var length: UInt64
  /// What the pack holds.
  public var kind: PackKind
  /// The public key in the pack's header.
  public var ephemeralKey: Digest256
  /// The key commitment in the pack's header.
  public var commitment: Digest256
  /// The pack's frames and chunks.
  public var directory: PackDirectory

  /// Makes a description.
  public init(
    id: PackID, length: UInt64, kind: PackKind, ephemeralKey: Digest256, commitment: Digest256,
    directory: PackDirectory
  ) {
    self.id = id
    self.length = length
    self.kind = kind
    self.ephemeralKey = ephemeralKey
    self.commitment = commitment
    self.directory = directory
  }
}

/// The body of an index segment: directories of packs, under a key that writers hold.
public struct IndexSegment: Hashable, Sendable {
  /// The packs that it describes.
  public var packs: [PackDescription]

  /// Makes a segment.
  public init(packs: [PackDescription] = []) {
    self.packs = packs
  }
}
