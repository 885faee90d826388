import Format
import Repository

extension ChunkReader {
  /// A content list.
  ///
  /// - Throws: `.damaged` also for one that is malformed.
  func contentList(_ id: ChunkID) throws(RepositoryError) -> ContentList {
    try withChunk(id, kind: .contentList) { (bytes) throws(RepositoryError) in
      do throws(FormatError) {
        return try ContentList.decode(bytes)
      } catch {
        throw RepositoryError(.damaged, "content list \(id)", cause: error)
      }
    }
  }
}
