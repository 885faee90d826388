import Backend
public import Format
import Chunking
import Cryptography
import LMDB

/// An open repository: the secrets of one key slot, the backend, and this client's cache.
///
/// It may be used from any number of threads. Nothing is locked: what other processes do at the same time is dealt with
/// by the protocol in ARCHITECTURE.md.
public final class Repository: Sendable {
  let context: RepositoryContext
  let cache: Cache
  let index: IndexStore
  let trees: TreeCache

  init(context: RepositoryContext, cache: Cache) {
    self.context = context
    self.cache = cache
    index = IndexStore(cache: cache)
    trees = TreeCache(cache: cache, chunkIDKey: context.secrets.writerKeys.chunkID)
  }

  /// The repository's unique name.
  public var uuid: RepositoryUUID { context.configuration.repository }

  /// The parameters fixed when the repository was made.
  public var configuration: RepositoryConfiguration { context.configuration }

  /// What the key in use allows.
  public var role: KeyRole { context.secrets.role }

  /// The directory of this client's cache of it.
  public var cacheDirectory: String { cache.environment.path }

  /// Deletes this client's cache if it is what an error says is damaged; it is filled anew when the repository is opened
  /// again. False if it isn't.
  public func deleteCache(ifDamagedBy error: RepositoryError) -> Bool {
    guard error.saysCacheDamaged else { return false }
    Cache.delete(cacheDirectory)
    return true
  }

  /// Where the repository is, for messages.
  public var location: String { context.backend.location }

  /// The chunker's secret, which is made of the chunker key's first 16 bytes.
  public func withChunkerKey<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    context.secrets.writerKeys.chunker.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<16])) }
  }

  /// A tree object from this client's cache; nil if it isn't there.
  public func cachedTree(_ id: ChunkID) throws(RepositoryError) -> [UInt8]? { try trees.object(id) }

  /// Puts a tree object into this client's cache.
  public func rememberTree(_ id: ChunkID, _ object: [UInt8]) throws(RepositoryError) {
    try trees.remember(id, object)
  }

  /// A reader factory for commands that read what is stored. Call ``refreshIndex()`` first.
  ///
  /// - Parameter task: what is to be done, for the error message.
  /// - Throws: `.forbidden` for a write key.
  public func reading(to task: String) throws(RepositoryError) -> RepositoryReading {
    RepositoryReading(try ReadingContext(context: context, index: index, task: task), trees: trees)
  }
}

/// Leave to read a repository's chunks, which only a full key gives.
public final class RepositoryReading: Sendable {
  let context: ReadingContext
  let trees: TreeCache

  init(_ context: ReadingContext, trees: TreeCache) {
    self.context = context
    self.trees = trees
  }

  /// A chunk reader for one thread.
  public func chunkReader() throws(RepositoryError) -> ChunkReader { try ChunkReader(reading: context) }

  /// A tree reader for one thread that finds only what the repository has, whatever the cache knows.
  public func uncachedTreeReader() throws(RepositoryError) -> TreeReader {
    TreeReader(cache: nil, chunks: try chunkReader())
  }

  /// A tree reader for one thread.
  public func treeReader() throws(RepositoryError) -> TreeReader {
    TreeReader(cache: trees, chunks: try chunkReader())
  }
}
