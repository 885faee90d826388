public import Format
import Cryptography
import Synchronization

/// A repository that chunks of another one are copied to, for the length of a session. What fails in it concerns it alone.
public final class ChunkIntake: Sendable {
  let target: Repository
  let translation: ChunkTranslation?
  /// The session that the chunks are stored in.
  public let session: WriteSession
  private let firstFailure = Mutex<RepositoryError?>(nil)

  /// An intake of chunks of `source`, whose index is up to date, for a session of `target`.
  public init(of session: WriteSession, in target: Repository, from source: Repository) {
    self.session = session
    self.target = target
    translation = ChunkTranslation(from: source, to: target)
  }

  /// Whether chunks are called something else here than in the repository that they are copied from. Tree objects and content
  /// lists, which name others, are made anew then.
  public var isTranslating: Bool { translation != nil }

  /// What made it impossible to go on, if anything did: nothing more is stored then.
  public var failure: RepositoryError? { firstFailure.withLock { $0 } }

  /// Runs what stores something, and takes its error for the reason why it is impossible to go on.
  public func storing<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result {
    do {
      return try body()
    } catch {
      fail(error)
      throw error
    }
  }

  private func fail(_ error: any Error) {
    let error = RepositoryError(error, context: "copying to \(target.location)")
    firstFailure.withLock { $0 = $0 ?? error }
    session.cancel()
  }

  /// As ``storing(_:)``, for those who go on without it; nothing is run once it was impossible to go on.
  func perform(_ body: () throws(RepositoryError) -> Void) {
    if failure == nil { try? storing(body) }
  }
}

/// What chunks are called in the repository that they are copied to. For one thread.
public final class ChunkNames {
  private let translation: ChunkTranslation
  private let intake: ChunkIntake
  private let source: ChunkReader
  private let writer: ChunkWriter

  /// The names that chunks of `source` have in the repository of `writer`; nil if they have the same in both.
  public init?(in intake: ChunkIntake, from source: ChunkReader, storingIn writer: ChunkWriter) {
    guard let translation = intake.translation else { return nil }
    self.translation = translation
    self.intake = intake
    self.source = source
    self.writer = writer
  }

  /// What a chunk of data is called. One of which that isn't known is read and, unless it is there, stored.
  ///
  /// - Throws: as ``ChunkReader/withChunk(_:kind:_:)``, and what storing throws.
  public func data(_ id: ChunkID) throws(RepositoryError) -> ChunkID {
    let place = try source.place(of: id, kind: .data)
    if let pack = try source.pack(of: place), let known = try translation.id(of: id, at: place, in: pack) {
      return known
    }
    return try source.withChunk(id, kind: .data, at: place) { (bytes) throws(RepositoryError) in
      try intake.storing { () throws(RepositoryError) in try writer.store(bytes, kind: .data).id }
    }
  }

  /// The tree object that stands for one of the source; nil if that isn't known.
  public func tree(_ id: ChunkID) throws(RepositoryError) -> ChunkID? { try translation.tree(id) }

  /// Remembers which tree object stands for one of the source.
  public func remember(tree id: ChunkID, as translated: ChunkID) throws(RepositoryError) {
    try translation.remember(tree: id, as: translated)
  }

  /// Writes what was remembered to the cache.
  public func flush() throws(RepositoryError) { try translation.flush() }
}
