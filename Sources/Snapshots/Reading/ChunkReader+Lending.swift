import Format
import Repository

extension ChunkReader {
  /// Lends the bytes of a file's chunk to a body that throws this module's errors.
  ///
  /// - Throws: `.damaged` for the chunk, also where its length is not the one that the file states; what `body` throws.
  func lend(
    _ id: ChunkID, length: UInt64, _ body: (UnsafeRawBufferPointer) throws(SnapshotsError) -> Void
  ) throws(SnapshotsError) {
    // What `body` throws must not pass for an error of the repository.
    var failure: SnapshotsError?
    do throws(RepositoryError) {
      try withChunk(id, kind: .data, at: place(of: id, kind: .data)) { (bytes) throws(RepositoryError) -> Void in
        guard UInt64(bytes.count) == length else {
          throw RepositoryError(.damaged, "chunk \(id) is not as long as the file that names it says")
        }
        do throws(SnapshotsError) {
          try body(bytes)
        } catch {
          failure = error
        }
      }
    } catch {
      throw SnapshotsError(error, "a part of its content can't be read")
    }
    if let failure { throw failure }
  }
}
