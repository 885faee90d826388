public import Format

/// Chunks that can't be had, of which a whole directory of packs may make many.
public struct LostChunks: Sendable {
  /// As many as are named; of others nothing is kept.
  private static let limit = 1 << 16

  /// Which chunks, as far as they are named.
  public private(set) var ids: Set<ChunkID> = []
  /// Why the first one can't be had; nil if none is lost.
  public private(set) var reason: RepositoryError?

  init() {}

  /// Says that something can't be had, and not which chunk.
  public init(_ error: RepositoryError) { reason = error }

  mutating func add(_ id: ChunkID, _ error: RepositoryError) {
    reason = reason ?? error
    if ids.count < Self.limit { ids.insert(id) }
  }
}
