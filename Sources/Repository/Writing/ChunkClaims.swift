import Cryptography
import Format
import Synchronization

/// The chunks that this process has stored, or is about to, and that its index does not know yet.
///
/// Whoever claims a chunk first stores it; for everybody else it counts as stored. Claims are released when a durable
/// index segment names the chunk.
final class ChunkClaims: Sendable {
  private final class Shard: Sendable {
    let claimed = Mutex<Set<ChunkID>>([])
  }

  private let shards = (0..<64).map { _ in Shard() }

  /// Whether the caller is the first to claim the chunk.
  func claim(_ id: ChunkID) -> Bool {
    shard(of: id).claimed.withLock { $0.insert(id).inserted }
  }

  /// Forgets chunks.
  func release(_ ids: some Sequence<ChunkID>) {
    for id in ids { shard(of: id).claimed.withLock { _ = $0.remove(id) } }
  }

  private func shard(of id: ChunkID) -> Shard {
    // Ids are uniformly distributed; the set hashes the first bytes, so the shard is taken from the last.
    shards[id.digest.withUnsafeBytes { Int($0[31]) } % shards.count]
  }
}
