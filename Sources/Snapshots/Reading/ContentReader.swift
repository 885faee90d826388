import Format
public import Repository

/// Streams what files hold. For one thread.
public struct ContentReader {
  private let chunks: ChunkReader

  /// A piece of a file.
  public enum Piece {
    /// Bytes, to be used before the call returns.
    case data(UnsafeRawBufferPointer)
    /// So many zero bytes; `isHole` if they were not allocated.
    case zeros(UInt64, isHole: Bool)
  }

  /// A reader that gets chunks from `chunks`.
  public init(chunks: ChunkReader) {
    self.chunks = chunks
  }

  /// Hands the content of a file to `body`, from the beginning to the end and checked chunk by chunk.
  ///
  /// - Throws: `.damaged` naming the file, after what came before the damage was handed over; what `body` throws.
  public func read(
    _ entry: TreeEntry, _ body: (Piece) throws(SnapshotsError) -> Void
  ) throws(SnapshotsError) {
    guard case .file(let items) = entry.node.content else {
      throw SnapshotsError(.invalidArgument, "\(PathText.escape(entry.path)) is not a regular file")
    }
    var cursor = ContentCursor(items: items)
    while let item = try next(&cursor, entry) {
      switch item {
      case .chunk(let id, let length):
        try chunks.lend(id, length: length) { (bytes) throws(SnapshotsError) in try body(.data(bytes)) }
      case .hole(let length): try body(.zeros(length, isHole: true))
      case .zeros(let length): try body(.zeros(length, isHole: false))
      case .list: preconditionFailure("a cursor resolves lists")
      }
    }
    guard cursor.offset == entry.node.size else {
      throw SnapshotsError(.damaged, "\(PathText.escape(entry.path)): its content does not add up to its size")
    }
  }

  private func next(_ cursor: inout ContentCursor, _ entry: TreeEntry) throws(SnapshotsError) -> ContentItem? {
    do throws(RepositoryError) {
      return try cursor.next(reading: chunks)
    } catch {
      throw SnapshotsError(error, "\(PathText.escape(entry.path)) can't be read")
    }
  }
}
