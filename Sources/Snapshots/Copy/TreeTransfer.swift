import Format
import Repository

/// What a snapshot's directories and files are called in another repository. For one thread, and for one session there.
final class TreeTransfer {
  private let intake: ChunkIntake
  private let names: ChunkNames
  private let chunks: ChunkReader
  private let writer: ChunkWriter
  private let observe: () throws -> Void
  /// Tree objects all of whose entries are stored.
  private var done: CompactIDSet

  /// Nil if everything is called the same.
  ///
  /// - Parameters:
  ///   - chunks: of the repository that is copied from.
  ///   - done: its tree objects that were copied before and are known to be whole in the other one.
  ///   - observe: called for each piece of content; what it throws ends the work. Lists that name each other many times over
  ///     make a file of any length.
  init?(
    to intake: ChunkIntake, from chunks: ChunkReader, storingIn writer: ChunkWriter, done: CompactIDSet,
    observe: @escaping () throws -> Void
  ) {
    guard let names = ChunkNames(in: intake, from: chunks, storingIn: writer) else { return nil }
    self.intake = intake
    self.names = names
    self.chunks = chunks
    self.writer = writer
    self.done = done
    self.observe = observe
  }

  /// The directory that stands for one, if it is there with all that is below it.
  func known(_ tree: ChunkID) throws(RepositoryError) -> ChunkID? { done.contains(tree) ? try names.tree(tree) : nil }

  /// Remembers the directory that stands for one.
  func remember(_ tree: ChunkID, as translated: ChunkID) throws(RepositoryError) {
    try names.remember(tree: tree, as: translated)
    done.insert(tree)
  }

  /// A file's content as a backup to the other repository would have noted it.
  func content(_ items: [ContentItem]) throws -> [ContentItem] {
    var cursor = ContentCursor(items: items)
    var builder = ContentBuilder()
    while let item = try cursor.next(reading: chunks) {
      try observe()
      let renamed: ContentItem
      if case .chunk(let id, let length) = item {
        renamed = .chunk(try names.data(id), length: length)
      } else {
        renamed = item
      }
      try storing { () throws(RepositoryError) in try builder.append(renamed, storingIn: writer) }
    }
    return try storing { () throws(RepositoryError) in try builder.finish(storingIn: writer) }
  }

  /// Runs what stores something; an error of it is one of the target.
  func storing<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result { try intake.storing(body) }

  /// Hands over all that was stored, and keeps what was learnt for the next time.
  func finish() throws(RepositoryError) {
    try names.flush()
    try storing { () throws(RepositoryError) in try writer.flush() }
  }
}
