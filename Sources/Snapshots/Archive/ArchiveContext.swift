import Chunking
import FileSystem
import Format
import Repository
import Synchronization
import Threads

/// What all workers of a backup share.
final class ArchiveContext: Sendable {
  let repository: Repository
  let session: WriteSession
  let options: BackupOptions
  let progress: BackupProgress
  let parent: ParentTrees
  let chunker: ContentChunker
  let workers: Int
  let queue = WorkQueue()
  let slabs: SlabPool
  let directories: DirectoryBudget
  let accounts = AccountNames()
  /// The tree of the root directory, when it is done.
  let root = Mutex<ChunkID?>(nil)

  init(
    repository: Repository, session: WriteSession, options: BackupOptions, progress: BackupProgress,
    parent: Snapshot?
  ) throws {
    self.repository = repository
    self.session = session
    self.options = options
    self.progress = progress
    self.parent = try ParentTrees(of: parent, repository: repository, session: session)
    workers = options.workers ?? WorkerThreads.processorCount
    directories = DirectoryBudget(limit: options.openDirectories)
    // One that is being read into, and one for each other worker to store.
    slabs = SlabPool(limit: workers, longestChunk: Int(repository.configuration.maximumChunkSize))
    let parameters = try ChunkerParameters(
      minimum: Int(repository.configuration.minimumChunkSize), average: Int(repository.configuration.averageChunkSize),
      maximum: Int(repository.configuration.maximumChunkSize))
    chunker = repository.withChunkerKey { key in ContentChunker(parameters: parameters, key: key.bytes) }
  }
}
